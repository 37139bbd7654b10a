"""Takes out characters that no reader sees and that can carry, reorder or hide words.

Models read text that is written in them, and people do not; `UTS #51` (emoji) and `Unicode 17, 23` say who needs which.
What emoji and joiners need is written out: `regex` has 2,879 code points more or fewer as emoji, 3,184 as the scripts.
"""

from __future__ import annotations

import re

import regex  # type: ignore[import-untyped]

# Control characters, lone surrogates, noncharacters, interlinear annotation, and what is ignored by default wherever it
# stands: soft hyphens, spaces of no width, marks of direction, invisible operators, deprecated format characters,
# fillers, variation selectors.
_UNSEEN = r"[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}\p{Default_Ignorable_Code_Point}\ufff9-\ufffb]"
# What some neighbours need: joiners, the selectors of emoji, tags, Mongolian selectors.
_SOMETIMES = "\u180b-\u180f\u200c\u200d\ufe0e\ufe0f\U000e0000-\U000e00ff"
_TAGGED_FLAGS = "|".join(
    "".join(chr(0xE0000 + ord(letter)) for letter in region) + "\U000e007f" for region in ("gbeng", "gbsct", "gbwls")
)
_EMOJI = (
    "\xa9\xae\u203c\u2049\u2122\u2139\u2194-\u21aa\u231a-\u23ff\u24c2\u25aa-\u25fe\u2600-\u27bf\u2934\u2935"
    "\u2b05-\u2b55\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
)
_UNIT = rf"(?:\U0001f3f4(?:{_TAGGED_FLAGS})|[{_EMOJI}][\ufe0e\ufe0f]?)"
# Scripts whose letters change their form beside a joiner: Arabic and its neighbours, Indic, Burmese, Khmer, Mongolian.
_JOINING = (
    "\u0600-\u07ff\u0840-\u08ff\u0900-\u0dff\u0f00-\u109f\u1780-\u180a\u1810-\u18af\u1b00-\u1bff\ua840-\ua8ff"
    "\ua980-\uaaff\uabc0-\uabff\ufb50-\ufdcf\ufdf0-\ufdff\ufe70-\ufefc\U00010d00-\U00010d3f\U00011000-\U000116cf"
    "\U0001e900-\U0001e95f"
)
_ANY = regex.compile(rf"[{_UNSEEN}--[\n\t]]", regex.V1)
_STRIPPED = regex.compile(rf"[{_UNSEEN}--[\n\t{_SOMETIMES}]]+", regex.V1)
_CHECKED = re.compile(
    rf"(?P<kept>{_UNIT}(?:\u200d?{_UNIT})*|[0-9#*]\ufe0f\u20e3"
    r"|(?<=[\u1820-\u18aa])[\u180b-\u180d\u180f]|(?<=[\u1820-\u18aa])\u180e(?=[\u1820-\u18aa]))"
    rf"|(?<=[{_JOINING}])(?P<joiner>[\u200c\u200d])[\u200c\u200d]*(?=[{_JOINING}])"
    rf"|[{_SOMETIMES}]"
)


def visible(text: str) -> str:
    """`text` without control and invisible characters, but for line feeds, tabs and what its emoji and letters need.

    A joiner stays within an emoji and between letters of scripts that use it; text that went through stays as it is.
    """
    if not _ANY.search(text):
        return text
    return _CHECKED.sub(lambda match: match["kept"] or match["joiner"] or "", _STRIPPED.sub("", text))
