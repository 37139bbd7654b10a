"""Finds text in lessons that gives orders to a machine that reads them, for the instructor to look at.

A lesson may speak of such orders, and does so in quotes or in code: what stands there is passed over. What is found is
still taught: that a model obeys no lesson is for the prompt and the checks of answers to see to.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tutor.text.blocks import blocks

_MAX_IN_A_LESSON = 10
_MAX_CHARACTERS = 200

# Where an order can begin: a sentence, a clause after a stop or a dash, or after `now`, `please`, `you must`.
_BEGIN = (
    r"(?:(?:^|[.!?:;,>–—|\])]|\s-|\n)[\s\"'“*_#>-]{0,6}"
    r"|\b(?:and|then|now|please|pls|but|instead|stop|just|simply|also|you (?:must|should|shall|will|have to"
    r"|need to|are to)"
    r"|bitte|nun|jetzt|und|por favor|ahora|y|maintenant|et|veuillez)[ ,]{1,2})"
)
_WORDS = r"(?:[\w'’-]+[ ,]{1,2}){0,5}?"
_ABOVE = (
    r"(?:instructions?|directions|directives|prompts?|orders|commands?|guidelines|rules|context|assignments|tasks"
    r"|information|documents?|articles?|conversation|anweisungen|instruktionen|befehle|aufträge|aufgaben|angaben"
    r"|vorgaben|informationen|instrucciones|indicaciones|órdenes|reglas|consignes|ordres)"
)
_EARLIER = (
    r"(?:previous|prior|above|preceding|earlier|foregoing|former|original|initial|existing|system|provided"
    r"|vorherigen|obigen|vorangehenden|vorangegangenen|bisherigen|anteriores|previas|précédentes)"
)
_REPLY = r"(?:reply|response|answer|message|output)s?"
# Signs of the same sentence; a dot inside an address ends none.
_SAME = r"(?:[^.!?\n]|[.!?](?=\S))"
_CHANGE = (
    r"(?:replace|substitute|encode|encrypt|translate|render|reverse|invert|scramble|jumble|anagram|shuffle|misspell"
    r"|modify|alter|augment|enhance|integrate|inject|insert|embed|append|prepend|add|include|introduce|apply|convert"
    r"|group|prefix|begin|start|end|finish|use|express|write|provide|make|promote|mention|hide)"
)
_MACHINE = (
    r"(?:(?:ai|a\.i\.|artificial intelligence)(?: (?:system|assistant|model|agent|tutor|tool|reader)s?)?"
    r"|(?:large )?language models?|llms?|chat ?bots?|chat ?gpt|gpt-?\d?|claude|gemini|copilot"
    r"|(?:virtual|automated) assistants?|ki(?:-assistent\w*)?|sprachmodelle?)"
)

_REASONS: tuple[tuple[str, str], ...] = (
    (
        "tells its reader to drop earlier instructions",
        rf"{_BEGIN}(?:completely |totally )?(?:ignore|disregard|forget|override|bypass|neglect|ignorier\w*"
        rf"|vergiss|vergessen sie"
        rf"|missachte\w*|ignora|ignore[zs]?|olvid[ae]|oubli(?:e"
        rf"|ez))\s+(?:about\s+)?(?:{_WORDS}{_EARLIER}\s+(?:\w+\s+)?{_ABOVE}"
        rf"|(?:all |of |any |each |every )*(?:your|tus|sus|vos|tes|deine|ihre) (?:\w+ )?{_ABOVE}"
        rf"|(?:all|any|alle|todas|toutes)\s+(?:the |of |these |die |las |les )*(?:\w+ ){{0,2}}?{_ABOVE}"
        r"|(?:all |everything |anything |alles |todo |tout )?(?:the )?(?:above|before|preceding|davor|obige"
        r"|vorherige)\b"
        r"|(?:everything|anything|all|alles|todo|tout)\s+(?:\w+ ){0,2}?(?:above|before|told|said|know|you|i|we"
        r"|was|que)\b)",
    ),
    (
        "gives its reader another role",
        rf"\byou are now (?:\w+ ){{0,3}}?(?:\w+bot|\w*gpt|dan|ai|assistant|model|jailbroken|unrestricted|developer mode"
        rf"|free of|no longer bound)\b|\byou are no longer (?:an? )?(?:{_MACHINE}|assistant|tutor|bound)"
        r"|\bfrom now on,? you (?:are|will|must|act|answer|respond|reply|only)\b"
        r"|\bi want you to act as\b|\bich möchte,? dass (?:sie|du) als\b.{1,60}\b(?:fungier|agier)"
        rf"|{_BEGIN}(?:act|behave|respond|answer|speak) as (?:if you (?:were"
        rf"|are) )?(?:an? )?(?:\w+ )?(?:{_MACHINE}|dan)\b"
        rf"|{_BEGIN}pretend (?:to be|(?:that )?you are|you're) (?:an? )?(?:\w+ ){{0,2}}?{_MACHINE}\b"
        r"|\b(?:dan|developer|debug|god|jailbreak) mode (?:is )?(?:now )?(?:enabled|activated|on)\b",
    ),
    (
        "asks for the instructions a machine was given",
        rf"{_BEGIN}(?:reveal|show|print|repeat|output|display|tell|give|leak|share|return|disclose|expose|say"
        rf"|recite|copy"
        r"|zeig\w*|druck\w*|nenn\w*|muestra|revela|affiche|révèle)\b[^.!?\n]{0,40}?\b(?:(?:system|entire|full"
        r"|whole|gesamten?) "
        r"(?:system )?prompts?(?: texts?)?|(?:your|deine[nr]?|tus?|ihre[nr]?|votre|tes) (?:\w+ ){0,3}?(?:system prompt"
        r"|prompts?|prompt[- ]?texte?s?|initial instructions|hidden instructions|instructions|embeddings|anweisungen"
        r"|instrucciones)|above prompt|prompt above|obige eingabeaufforderung)\b",
    ),
    (
        "tells its reader how to change a reply",
        rf"{_BEGIN}(?:(?:can|could|would|will) you )?{_CHANGE}\b{_SAME}{{0,160}}?"
        rf"\byour (?:\w+ )?(?:reply|response|message|output)\b"
        rf"|{_BEGIN}(?:(?:can|could|would|will) you )?(?:replace|substitute|encode|encrypt|translate|render"
        rf"|reverse|scramble"
        r"|jumble|anagram|shuffle|misspell|modify|alter|augment|enhance|integrate|inject|embed|append|prepend"
        r"|add|convert"
        rf"|group)\b{_SAME}{{0,160}}?\byour (?:\w+ )?answers?\b"
        rf"|{_BEGIN}{_CHANGE}\b{_SAME}{{0,80}}?\b(?:emojis?|base ?64|ciphers?|backwards?"
        rf"|anagrams?)\b{_SAME}{{0,60}}?\byour answer\b"
        rf"|{_BEGIN}{_CHANGE} your answer\b{_SAME}{{0,60}}?\b(?:emojis?|base ?64|ciphers?|backwards?|anagrams?)\b"
        rf"|{_BEGIN}include (?:an? |the )?(?:\w+ )?(?:sentence|statement|claim|link|advert\w*"
        rf"|statistic)\b{_SAME}{{0,40}}?\byour answer\b"
        rf"|{_BEGIN}(?:enhance|augment|modify|alter|reverse|encode|translate) your {_REPLY}\b"
        r"|(?:^|[.!?]\s+|\n)(?:in|at the end of|at the start of|throughout) your (?:reply|response|message"
        r"|output),? \w+"
        r"|(?:^|[.!?]\s+|\n)(?:can you |please )?(?:(?:reply|respond)(?: only)?|answer only) (?:in"
        r"|with) (?:reverse|emojis?|base ?64|"
        r"rot13|english|german|french|spanish|italian|portuguese|chinese|japanese|russian|capitals|all caps|rhymes?)\b"
        r"|\b(?:respond|reply|answer) to (?:all|every|any) (?:questions?|messages?|prompts?) with\b",
    ),
    (
        "speaks to a machine that reads it",
        rf"\b(?:if|when|since|because) you(?: are|['’]re) (?:an? )?{_MACHINE}\b"
        rf"|{_BEGIN}(?:(?:attention|note|notice|message|instructions?|important|hey|hello|dear)[,:]? (?:to |for "
        rf"|all |any )*)"
        rf"(?:the )?{_MACHINE}\s*[:,!]"
        rf"|\b(?:all|any|every) {_MACHINE}(?: \w+){{0,5}} (?:must|should|shall|are (?:required|instructed|told) to)\b"
        rf"|(?:^|[.!?]\s+|\n)(?:an? |the )?{_MACHINE}(?: \w+){{0,4}} (?:reading|processing|summari[sz]ing"
        rf"|answering from) this\b"
        rf"|(?:^|[.!?]\s+|\n)as (?:an? |the )?{_MACHINE},? you (?:must|should|shall|will|are|have)\b"
        r"|\b(?:do not|don['’]t|never) (?:tell|inform|mention (?:this|it) to|reveal (?:this|it) to"
        r"|let) the (?:user|student)s? "
        r"(?:about|that|know|of) (?:this|these|it|you)\b",
    ),
    (
        "imitates the marks of a prompt",
        r"<\|(?:im_start|im_end|system|assistant|user|endoftext|start_header_id|eot_id)\|>|\[/?INST\]|<</?SYS>>"
        r"|(?:^|\n)\s*(?:#{2,}\s*)?(?:new |updated |begin |end )?(?:system (?:prompt|message|override|instructions?)"
        r"|new instructions?)\s*:\s*\S|\bnow (?:come |follow )?new (?:tasks|instructions|orders)(?: follow| come)?\b"
        r"|(?:^|[.!?]\s+)new (?:instructions|tasks|orders)(?: now)? follow\b",
    ),
)
# For each of them words of which a line must hold one: most lines are read no further.
_HINTS: tuple[tuple[str, ...], ...] = (
    tuple("ignor disregard forget overrid bypass neglect vergiss vergessen missacht olvid oubli".split()),
    (
        "you are no",
        "from now on",
        "to act as",
        "möchte",
        "act as",
        "behave as",
        "respond as",
        "answer as",
        "speak as",
        "pretend",
        " mode",
    ),
    ("prompt", "your ", "embedding", "anweisung", "instrucciones"),
    ("reply", "respon", "your message", "your output", "your answer", "answer only"),
    (
        " ai",
        "ai ",
        "ai:",
        "llm",
        "chatbot",
        "chat bot",
        "language model",
        "gpt",
        "claude",
        "gemini",
        "copilot",
        "assistant",
        "intelligence",
        "sprachmodell",
        "the user",
        "the student",
    ),
    ("<|", "inst]", "sys>>", "system", "instruction", "new task", "new order"),
)
_ORDERS = tuple(
    (reason, hints, re.compile(pattern, re.IGNORECASE))
    for (reason, pattern), hints in zip(_REASONS, _HINTS, strict=True)
)
# What is spoken of, not said: in quotes, in code, as a link's address.
_SPOKEN_OF = re.compile(r"`[^`\n]{1,400}`|\"[^\"\n]{1,400}\"|“[^”\n]{1,400}”|«[^»\n]{1,400}»|\]\([^)\s]{0,1000}\)")


@dataclass(frozen=True, slots=True)
class Injection:
    """Text that gives an order: why it is taken for one, and its words as they stand at `start` of the lesson."""

    reason: str
    quote: str
    start: int


def orders(text: str) -> tuple[Injection, ...]:
    """What in a lesson's canonical text speaks to a machine, in order, one per line and ten at most.

    Takes time in proportion to the text.
    """
    found: list[Injection] = []
    at = 0
    for line in text.split("\n"):
        if (order := _order(line, at)) is not None:
            found.append(order)
        at += len(line) + 1
    if found:
        # Where a lesson's code lies is known only when all of it is read, which most lessons are spared.
        code = [block for block in blocks(text) if block.kind == "code"]
        found = [order for order in found if not any(block.start <= order.start < block.end for block in code)]
    return tuple(found[:_MAX_IN_A_LESSON])


def _order(line: str, start: int) -> Injection | None:
    low = line.lower()
    spoken = ""
    for reason, hints, pattern in _ORDERS:
        if not any(hint in low for hint in hints):
            continue
        spoken = spoken or _SPOKEN_OF.sub(lambda match: "\x00" * len(match[0]), line)
        match = pattern.search(spoken)
        if match is None:
            continue
        first = match.end() - len(match[0].lstrip(" \t.,:;!?>-–—*_#\"'“)]"))
        return Injection(reason, line[first : first + _MAX_CHARACTERS].strip(), start + first)
    return None
