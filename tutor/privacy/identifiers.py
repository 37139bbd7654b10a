"""Finds numbers that stand for one person: payment cards, bank accounts, national and student ids."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

Extent = tuple[int, int]

# Before a number: no word, and nothing that makes it part of a path, a decimal or a name in code.
_FREE = r"(?<![\w./\\])"

# Between groups one sign; bounded, so that a megabyte of digits costs no more than its length.
_CARD = re.compile(rf"{_FREE}(?<!\d[ -])[1-6]\d(?:[ -]?\d){{10,17}}(?![ -]?\d|\w|[./]\d)")
_CARD_GROUPS = re.compile(r"\d{12,19}|(?:\d{4}([ -]))(?:\d{4}\1){2,3}\d{1,4}|\d{4}([ -])\d{6}\2\d{4,5}")
_CARD_WORDS = re.compile(
    r"(?:\bcards?|\bcc|\bcredit|\bdebit|visa|master ?card|amex|maestro|tarjeta|kreditkarte|\bcarte|cart[aã]o)"
    r"(?:\s+(?:is|no|nr|number|num|was|es|ist|#))*[\s.:#'\"-]*$",
    re.IGNORECASE,
)
# Issuers' first digits and lengths: Visa, Mastercard, American Express, Diners, Discover, JCB, Mir, UnionPay, Maestro.
_ISSUERS = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})|(?:5[1-5]\d\d|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720|220[0-4])\d{12}|3[47]\d{13}"
    r"|3(?:0[0-5]|[689]\d)\d{11}(?:\d{2,5})?|(?:6011|64[4-9]\d|65\d\d|62\d\d)\d{12,15}|35\d{14,17}"
    r"|(?:1800|2131)\d{11}|(?:50|5[6-8]|6\d)\d{10,17}"
)

_IBAN = re.compile(r"(?<![^\W_])[A-Z]{2}[0-9]{2}(?=[ -]?[A-Z0-9])", re.IGNORECASE)
_IBAN_REST = re.compile(r"(?:[ -]?[A-Z0-9]){11,30}", re.IGNORECASE)
_IBAN_LENGTHS = {
    entry[:2]: int(entry[2:])
    for entry in (
        "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 "
        "ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 "
        "LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 "
        "PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 "
        "YE30"
    ).split()
}


def cards(text: str) -> Iterator[Extent]:
    """Spans of payment card numbers: by issuer and check digit, or by the word `card` before any number as long."""
    for match in _CARD.finditer(text):
        if not _CARD_GROUPS.fullmatch(match[0]):
            continue
        digits = _digits(match[0])
        named = _CARD_WORDS.search(text, max(0, match.start() - 40), match.start())
        if named or (_ISSUERS.fullmatch(digits) and _luhn(digits)):
            yield match.span()


def ibans(text: str) -> Iterator[Extent]:
    """Spans of bank account numbers whose length and check digits are right."""
    end = 0
    for match in _IBAN.finditer(text):
        length = _IBAN_LENGTHS.get(match[0][:2].upper(), 0)
        rest = _IBAN_REST.match(text, match.end()) if length and match.start() >= end else None
        if rest is None:
            continue
        number, at = match[0], match.end()
        while len(number) < length and at < rest.end():
            number += text[at] if text[at].isalnum() else ""
            at += 1
        ends = at == len(text) or not (text[at].isalnum() or text[at] == "_")
        if ends and len(number) == length and number.isascii() and _mod97(number[4:] + number[:4]) == 1:
            end = at
            yield match.start(), at


def _luhn(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        double = int(digit) * (1 + place % 2)
        total += double - 9 if double > 9 else double
    return total % 10 == 0


def _mod97(number: str) -> int:
    return int("".join(str(int(sign, 36)) for sign in number)) % 97


def _digits(number: str) -> str:
    """The digits of `number`, those of other scripts as ours."""
    return "".join(str(int(sign)) for sign in number if sign.isdecimal())


def _is_dni(number: str) -> bool:
    """Spain: eight digits (a foreigner's first is a letter), and a letter that follows from them."""
    plain = re.sub(r"[ .-]", "", number).upper()
    digits = plain[:-1].translate(str.maketrans("XYZ", "012"))
    return "TRWAGMYFPDXBNJZSQVHLCKE"[int(digits) % 23] == plain[-1]


def _is_nir(number: str) -> bool:
    """France: thirteen digits and 97 less their remainder; Corsica writes its département with a letter."""
    plain = re.sub(r"\s", "", number).upper()
    digits = plain[:13].replace("2A", "19").replace("2B", "18")
    return 97 - int(digits) % 97 == int(plain[13:])


def _is_cpf(number: str) -> bool:
    """Brazil: nine digits and two that follow from them."""
    digits = [int(digit) for digit in _digits(number)]
    for length in (9, 10):
        total = sum(digit * (length + 1 - place) for place, digit in enumerate(digits[:length]))
        if total * 10 % 11 % 10 != digits[length]:
            return False
    return True


def _is_hetu(number: str) -> bool:
    """Finland: a birthday, a sign for the century, three digits and one that follows from all nine."""
    return "0123456789ABCDEFHJKLMNPRSTUVWXY"[int(number[:6] + number[7:10]) % 31] == number[10].upper()


def _is_ric(number: str) -> bool:
    """China: six digits of a place, a birthday, three digits and one (or X) that follows from all."""
    total = sum(int(digit) * pow(2, 17 - place, 11) for place, digit in enumerate(number[:17]))
    return "10X98765432"[total % 11] == number[17].upper()


def _is_ahv(number: str) -> bool:
    """Switzerland: thirteen digits from 756 with the check digit of bar codes."""
    digits = [int(digit) for digit in _digits(number)]
    return sum(digit * (1 + 2 * (place % 2)) for place, digit in enumerate(digits)) % 10 == 0


def _always(_number: str) -> bool:
    return True


_DATE = r"(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])"
# Each so particular in its form, or with check digits, that chance text is hardly ever taken for it.
_NATIONAL: tuple[tuple[re.Pattern[str], Callable[[str], bool]], ...] = tuple(
    (re.compile(rf"{_FREE}(?<!\d[-+]){pattern}(?![\w]|[-./]\d)", re.IGNORECASE), check)
    for pattern, check in (
        # United States: social security; United Kingdom: national insurance.
        (r"(?!000|666|9)\d{3}-(?!00)\d\d-(?!0000)\d{4}", _always),
        (r"(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d\d ?\d\d ?\d\d ?[A-D]", _always),
        (r"(?:\d{8}|[XYZ]-?\d{7})-?[A-HJ-NP-TV-Z]", _is_dni),
        (r"\d\d?\.\d{3}\.\d{3}-?[A-HJ-NP-TV-Z]", _is_dni),
        (r"[12] ?\d\d ?(?:0[1-9]|1[0-2]|[2-9]\d) ?(?:\d\d|2[AB]) ?\d{3} ?\d{3} ?\d\d", _is_nir),
        (r"\d{3}\.\d{3}\.\d{3}-\d\d", _is_cpf),
        (rf"{_DATE}\d\d[-+A-FU-Y]\d{{3}}[0-9A-FHJ-NPR-Y]", _is_hetu),
        (r"[1-8]\d{5}(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dX]", _is_ric),
        (r"756\.\d{4}\.\d{4}\.\d\d", _is_ahv),
        # Italy: codice fiscale; Mexico: CURP.
        (r"[A-Z]{6}\d\d[A-EHLMPRST]\d\d[A-Z]\d{3}[A-Z]", _always),
        (r"[A-Z]{4}\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])[HMX][A-Z]{5}[0-9A-Z]\d", _always),
    )
)

# A number that the words before it call somebody's id.
_NAMED = re.compile(
    r"(?<![\w-])(?:"
    r"(?:student|matriculation|matric|enrol?lment|learner|candidate|national|identity|personal|citizen|tax|passport"
    r"|social security|national insurance|driver'?s?'? licen[cs]e|driving licen[cs]e|residence permit|nhs)"
    r"(?:[ -](?:card|id|identification|insurance|security|licen[cs]e|identity))?[ -]"
    r"(?:ids?|numbers?|no\b\.?|nr\b\.?|#)"
    r"|ssn|nino|aadhaar|passport|pesel|bsn|cpf|dni|nie|curp|codice fiscale|matrikelnummer|matr?\.?-nr\.?"
    r"|steuer-?id(?:entifikationsnummer)?|sozialversicherungsnummer|ausweisnummer|personalausweis"
    r"|(?:n[uú]mero|n[º°o]\.?) de (?:matr[ií]cula|estudiante|identidad|pasaporte|estudante|aluno)|matr[ií]cula"
    r"|num[eé]ro (?:d'[eé]tudiant|de s[eé]curit[eé] sociale|[eé]tudiant)"
    r")(?:[ -](?:number|no\b\.?|nr\b\.?|id))?[ \t]{0,3}(?:(?:is|was|ist|es|est|[eé])\b|[:=#])?[ \t]{0,3}[\"'(]?"
    r"(?P<id>[A-Z]{0,4}[ -]?\d(?:[ ./-]?[0-9A-Z]){3,19})(?![\w])",
    re.IGNORECASE,
)
_LEAST_DIGITS = 5


def ids(text: str) -> Iterator[Extent]:
    """Spans of national ids by their form and check digits, and of what is called a student's or another id."""
    for pattern, check in _NATIONAL:
        for match in pattern.finditer(text):
            if check(match[0]):
                yield match.span()
    for match in _NAMED.finditer(text):
        # What follows a space must hold a digit, or words would be taken along: `1234567 in the list`.
        words = re.match(r"[A-Z]{0,4}[ -]?[0-9A-Z./-]*(?: (?=[A-Z]*\d)[0-9A-Z./-]*)*", match["id"], re.IGNORECASE)
        start = match.start("id")
        end = start + (words.end() if words else 0)
        if sum(map(str.isdecimal, text[start:end])) >= _LEAST_DIGITS:
            yield start, end
