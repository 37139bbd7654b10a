"""A sentence → what it claims: its words, the numbers and names in it, and what it denies.

Words and vectors barely tell "is" from "is not", 16 from 64 or Paris from Rome; these do. Negations are known in five
languages, opposites in English.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from tutor.text.words import Words

_NUMBER = re.compile(
    r"(?<![\w.,/-])(?P<sign>[-−])?(?P<value>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)*)(?P<ordinal>st|nd|rd|th|s)?"
    r"(?:\s?-?(?P<scale>thousand|million|billion|trillion|k|bn)\b)?(?:\s?-?(?P<unit>%|°\s?[CF]\b|[A-Za-zµ]{1,12}\b))?(?![\w])",
    re.IGNORECASE,
)
_WORDS_OF_NUMBERS = (
    "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen "
    "nineteen twenty"
).split()
_NUMBER_WORDS = {word: str(number) for number, word in enumerate(_WORDS_OF_NUMBERS, 2)} | {
    "thirty": "30", "forty": "40", "fifty": "50", "sixty": "60", "seventy": "70", "eighty": "80", "ninety": "90",
    "twice": "2", "both": "2", "second": "2", "third": "3", "fourth": "4", "fifth": "5", "sixth": "6", "tenth": "10",
    "first": "1", "once": "1",
}  # fmt: skip
# These may stand for a number in the lessons, and are none in an answer: "the first step", "both of them".
_LOOSE = frozenset({"twice", "both", "second", "third", "first", "once"})
_SCALES = {"k": 1e3, "thousand": 1e3, "million": 1e6, "bn": 1e9, "billion": 1e9, "trillion": 1e12}
_UNITS = {
    unit: family
    for family in (
        "ms millisecond milliseconds", "s sec secs second seconds", "min mins minute minutes", "h hr hrs hour hours",
        "day days", "week weeks", "month months", "year years yr yrs", "km kilometer kilometers kilometre kilometres",
        "m meter meters metre metres", "cm centimeter centimeters", "mm millimeter millimeters", "mile miles",
        "ft foot feet", "kg kilogram kilograms", "g gram grams", "lb lbs pound pounds", "kb kilobyte kilobytes",
        "mb megabyte megabytes", "gb gigabyte gigabytes", "tb terabyte terabytes", "px pixel pixels", "em", "rem",
        "% percent pct", "°c celsius", "°f fahrenheit", "dollar dollars usd", "euro euros eur",
    )
    for unit in family.split()
    for family in [family.split()[0]]
}  # fmt: skip
_WORD = re.compile(r"[^\W_]+(?:[-'’.][^\W_]+)*|[.,;:!?()—–]")
_NAME = re.compile(r"\b[A-Z][\w’'&]*(?:[.-]\w+)*")
_ODD_CAPITALS = re.compile(r"\w[A-Z]|\d")
_IDENTIFIER = re.compile(r"`([^`\n]{1,200})`|\b(\w*[a-z0-9][A-Z]\w*|\w+_\w+|\w+\.\w+\(\)|\w{2,}\(\))")
# A capital at a sentence's start says nothing; that a verb follows says that the word is what it is about.
_SUBJECT = re.compile(
    r"\W*(?!(?:Th(?:is|us|at|e[sr]e|ose|ey)|It|He|She|We|You|I|What|Who|Which|Each|One|Some|Many|Most|All|Both|Here|So)\b)"
    r"([A-Z][\w.+#-]*) (?:is|are|was|were|has|had|can|will|does|[a-z]{2,}(?:[^\Ws]s|ed))\b"
)
_URL = re.compile(r"(?:https?://|www\.)[^\s<>)\]\"'`]+")
_NEGATIONS = {
    "en": "not no never none nor neither without cannot nothing nobody nowhere isnt arent wasnt werent dont doesnt "
    "didnt cant couldnt wont wouldnt shouldnt hasnt havent hadnt lacks lack except unable impossible fails "
    "hardly rarely",
    "de": "nicht kein keine keinen keinem keiner nie niemals ohne weder nichts niemand",
    "fr": "ne n pas jamais sans aucun aucune ni rien personne",
    "es": "no nunca jamás sin ningún ninguna ninguno ni nada nadie tampoco",
    "pt": "não nunca jamais sem nenhum nenhuma nem nada ninguém",
}
_REACH = 4
"""How many words of content a negation reaches."""
OPPOSITES = """
increase decrease|increases decreases|increased decreased|increasing decreasing|rise fall|rises falls|rose fell
grow shrink|more less|more fewer|most least|higher lower|high low|highest lowest|maximum minimum|max min
larger smaller|large small|largest smallest|big small|bigger smaller|greater smaller|greater less|before after
earlier later|early late|first last|always never|always sometimes|often rarely|often seldom|usually rarely
true false|valid invalid|correct incorrect|same different|equal unequal|similar different|above below|over under
inside outside|internal external|inner outer|left right|top bottom|upper lower|front back|start end|begin end
starts ends|open close|opened closed|opens closes|enable disable|enabled disabled|enables disables|allow prevent
allows prevents|allowed forbidden|include exclude|includes excludes|add remove|adds removes|added removed
accept reject|accepts rejects|accepted rejected|pass fail|passes fails|succeed fail|success failure|fast slow
faster slower|fastest slowest|quickly slowly|easy hard|easy difficult|easier harder|simple complex|better worse
best worst|good bad|positive negative|strong weak|stronger weaker|hot cold|warm cool|warmer cooler|long short
longer shorter|wide narrow|deep shallow|heavy light|full empty|public private|local global|local remote
client server|static dynamic|mutable immutable|synchronous asynchronous|sync async|horizontal vertical|row column
rows columns|parent child|ancestor descendant|input output|import export|read write|push pull|push pop
upload download|encode decode|encrypt decrypt|compress decompress|required optional|mandatory optional|safe unsafe
secure insecure|legal illegal|possible impossible|likely unlikely|common rare|old new|older newer|oldest newest
young old|male female|men women|north south|northern southern|east west|eastern western|day night|summer winter
win lose|won lost|buy sell|gain lose|gains loses|all none|every no|everyone nobody|many few|both neither
with without|up down|upward downward|forward backward|odd even|ascending descending|prefix suffix|singular plural
primary secondary|major minor|temporary permanent|visible hidden|show hide|improve worsen|improves worsens|help harm
beneficial harmful|benefit harm|benefits harms|support oppose|protect endanger|advantage disadvantage
advantages disadvantages|agree disagree|like dislike|appear disappear|known unknown|alive dead|healthy sick
expensive cheap|rich poor|dry wet|hard soft|thick thin|dark bright|active passive|active inactive|explicit implicit
direct indirect
"""


@dataclass(frozen=True, slots=True)
class Claim:
    """What a sentence says, in terms that can be compared.

    `tokens` are its words as an index counts them; `denied` are those within reach of a negation, `stated` those that
    are not. `subject` is the word that opens it, where a verb follows at once. `numbers` are values with their unit, if
    they have one. `names` are the tokens of names and identifiers, `identifiers` code as it is written.
    """

    tokens: tuple[str, ...]
    numbers: frozenset[tuple[str, str]]
    names: tuple[frozenset[str], ...]
    identifiers: frozenset[str]
    urls: frozenset[str]
    subject: frozenset[str]
    stated: frozenset[str]
    denied: frozenset[str]


class Claims:
    """Reads claims in one language. Safe to use from several threads."""

    def __init__(self, language: str) -> None:
        self.words = Words(language)
        self._negations = frozenset(_NEGATIONS.get(self.words.language, _NEGATIONS["en"]).split())
        self._opposites: dict[str, set[str]] = {}
        if self.words.language == "en":
            for pair in re.split(r"[|\n]", OPPOSITES.strip()):
                first, second = (self._stem(word) for word in pair.split())
                if first != second:
                    self._opposites.setdefault(first, set()).add(second)
                    self._opposites.setdefault(second, set()).add(first)

    def of(self, text: str, markdown: str = "") -> Claim:
        """What plain `text` claims; `markdown` is the same with its marks, in which code and links are seen."""
        stated, denied = self._polarity(text)
        return Claim(
            tokens=tuple(self.words.tokens(text)),
            numbers=frozenset(numbers(text)),
            names=tuple(self._names(text, markdown or text)),
            identifiers=frozenset(code or word for code, word in _IDENTIFIER.findall(markdown)),
            urls=frozenset(url.rstrip(".,;:!?*_").lower() for url in _URL.findall(markdown)),
            subject=frozenset(self.words.tokens(subject[1]) if (subject := _SUBJECT.match(text)) else ()),
            stated=frozenset(stated),
            denied=frozenset(denied),
        )

    def opposites(self, tokens: Iterable[str]) -> list[tuple[str, str]]:
        """The tokens that have opposites, each with each of them."""
        return [(token, other) for token in tokens for other in sorted(self._opposites.get(token, ()))]

    def _stem(self, word: str) -> str:
        return (self.words.tokens(word) or [word])[0]

    def _names(self, text: str, markdown: str) -> list[frozenset[str]]:
        found: list[frozenset[str]] = []
        for match in _NAME.finditer(text):
            before = text[: match.start()].rstrip("\"'“‘(*_ ")
            # What opens a sentence is capital anyway; an acronym or CamelCase is a name there too.
            opens = not before or before[-1] in ".!?:\n"
            if (opens and not _ODD_CAPITALS.search(match[0])) or match[0] == "I" or match[0].startswith(("I'", "I’")):
                continue
            found.append(frozenset(self.words.tokens(match[0])))
        found.extend(
            frozenset(self.words.tokens(code or word)) for code, word in _IDENTIFIER.findall(markdown) if code or word
        )
        return [name for name in dict.fromkeys(found) if name]

    def _polarity(self, text: str) -> tuple[set[str], set[str]]:
        """The tokens of the text outside and within reach of a negation; it reaches on to the next mark."""
        stated: set[str] = set()
        denied: set[str] = set()
        left = 0
        for word in _WORD.findall(text):
            lower = word.lower().replace("’", "'")
            if not word[0].isalnum() or lower in ("but", "and", "aber", "mais", "pero", "mas"):
                left = 0
            elif lower.replace("'", "") in self._negations or lower.endswith("n't"):
                left = _REACH
            else:
                tokens = self.words.tokens(word)
                (denied if left else stated).update(tokens)
                left = max(0, left - bool(tokens))
        return stated, denied


def numbers(text: str, *, loosely: bool = False) -> set[tuple[str, str]]:
    """The values in `text` with their units: `1,000 km` and `1000 kilometres` are both `("1000", "km")`.

    `loosely` also takes words that may or may not stand for one, as first or both.
    """
    found: set[tuple[str, str]] = set()
    for match in _NUMBER.finditer(text):
        value = match["value"].replace(",", "")
        if value.count(".") <= 1:
            amount = float(value) * _SCALES.get((match["scale"] or "").lower(), 1.0)
            value = f"{amount:.12g}" if amount < 1e15 else value
        found.add((value, _UNITS.get((match["unit"] or "").lower().replace(" ", ""), "")))
    for word in re.findall(r"[a-z]+", text.lower()):
        if word in _NUMBER_WORDS and (loosely or word not in _LOOSE):
            found.add((_NUMBER_WORDS[word], ""))
    return found


def missing(claimed: Iterable[tuple[str, str]], held: set[tuple[str, str]]) -> int:
    """How many of the claimed numbers are not held: another value, or another unit."""
    units: dict[str, set[str]] = {}
    for value, unit in held:
        units.setdefault(value, set()).add(unit)
    return sum(
        value not in units or bool(unit and "" not in units[value] and unit not in units[value])
        for value, unit in claimed
    )
