"""Personal data in what students write is masked, and nothing else is."""

from __future__ import annotations

import io
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.unseen import UNSEEN
from tutor.privacy.log_masking import MaskingFormatter
from tutor.privacy.masking import masked
from tutor.text.invisible import visible

ADDRESS = "ada@example.org"
MASKED = [
    ("Write to jane.doe+uni@mail.example.co.uk, please.", "Write to [email], please."),
    ("(o'brien_7@example.org)", "([email])"),
    ("mailto:ada@example.org?subject=x", "mailto:[email]?subject=x"),
    ("email='foo@bar.com';", "email='[email]';"),
    ("jörg@bücher.example", "[email]"),
    ("j\u200bane@exam\u2060ple.org", "[email]"),
    ("ｊａｎｅ＠ｅｘａｍｐｌｅ．ｏｒｇ", "[email]"),
    ("My IBAN is GB82 WEST 1234 5698 7654 32 and yours?", "My IBAN is [iban] and yours?"),
    ("iban: de89370400440532013000.", "iban: [iban]."),
    ("Block 4111 1111 1111 1111 now", "Block [card] now"),
    ("4111-1111-1111-1111, 378282246310005 or 3782 822463 10005", "[card], [card] or [card]"),
    ("my card number is 4111111111111112", "my card number is [card]"),
    ("Call me on 9472 7916?", "Call me on [phone]?"),
    ("+49 170 1234567 or +41 (0)96 471 07 95", "[phone] or [phone]"),
    ("(579)888-3058x0135, 001-518-640-0854", "[phone], [phone]"),
    ("＋４４７７００６７７６６２", "[phone]"),
    ("Tel.: 030 123456", "Tel.: [phone]"),
    ("358 0594 office", "[phone] office"),
    ("mi teléfono es 612 345 678", "mi teléfono es [phone]"),
    ("Here is my SSN: 514-69-0360", "Here is my SSN: [id]"),
    ("NI number QQ 12 34 56 C no, AB 12 34 56 C yes", "NI number QQ 12 34 56 C no, [id] yes"),
    ("DNI 12345678Z, NIE X1234567L, 12.345.678-Z", "DNI [id], NIE [id], [id]"),
    ("codice fiscale RSSMRA85T10A562S", "codice fiscale [id]"),
    ("mon numéro 2 94 03 75 120 005 91", "mon numéro [id]"),
    ("CPF 529.982.247-25", "CPF [id]"),
    ("AHV 756.9217.0769.85", "AHV [id]"),
    ("HETU 131052-308T", "HETU [id]"),
    ("身份证 11010519491231002X", "身份证 [id]"),
    ("CURP: BADD110313HCMLNS09", "CURP: [id]"),
    ("My student id is s1234567 and I failed", "My student id is [id] and I failed"),
    ("Matrikelnummer: 7654321, danke", "Matrikelnummer: [id], danke"),
    ("my driver's license number is 2270-66-1551", "my driver's license number is [id]"),
    ("ada@example.org, 514-69-0360", "[email], [id]"),
]

INNOCENT = [
    "What does git@github.com:TheOdinProject/curriculum.git mean?",
    "Why @property and @app.route('/x') before def?",
    "npm i react@18.2.0 lodash@latest @types/node@20",
    "ssh user@host, or https://medium.com/@paul.allies/post",
    "Is 192.168.0.1:8080 in 10.0.0.0/8? And 2001:0db8:85a3:0000:0000:8a2e:0370:7334?",
    "MAC 00-14-22-01-23-45 or 01:23:45:67:89:ab",
    "On 2024-01-15 10:22:31, 15/01/2024, 01.02.2024 or 2006–2010",
    "sha 0886578d5b27a967e6b8, id 505093832157691914, time 1700000000000",
    "uuid 125673709-dd42 and 550e8400-e29b-41d4-a716-446655440000",
    "3.141592653589793 + 2.718281828459045 = 5.859874482048838",
    "Python 3.11.9, v1.2.3-4567, ISBN 978-3-319-00026-8",
    "0101 1010 0110 1111 in hex; 0xDEADBEEF12345678; 01 02 03 04 05",
    "tensors of 512 1024 2048 and 60 000 000 parameters, 1 000 000 mobile users",
    "call 1000000 times, call f(1234567), phone screens of 1080 x 1920",
    "Smith (2019) 123-4567, Journal 12(3), 123-145",
    "x = +1234567 - 7654321; y = (12) 345-6789 * 2",
    "SELECT * FROM students WHERE student_id = 1234567 and id = 42",
    "GB82 is no account, nor is GB82WEST12345698765433",
    "The student id is a key; 1234 rows",
    "4111111111111112 is no number of a card, 1234567890123456 neither",
    "https://stackoverflow.com/questions/10542354/what and /web/20230930114027/https",
]


@pytest.mark.parametrize(("text", "expected"), MASKED)
def test_personal_data_becomes_its_kind(text: str, expected: str) -> None:
    assert masked(text).text == expected


@pytest.mark.parametrize("text", INNOCENT)
def test_what_courses_are_asked_about_stays(text: str) -> None:
    assert masked(text).text == text
    assert masked(text).spans == ()


def test_the_spans_are_places_of_what_can_be_seen() -> None:
    text = "\u200bI am ada@example.org, call me on +49 170 1234567."
    found = [(span.kind, visible(text)[span.start : span.end]) for span in masked(text).spans]
    assert found == [("email", "ada@example.org"), ("phone", "+49 170 1234567")]


@given(st.lists(UNSEEN, min_size=len(ADDRESS), max_size=len(ADDRESS)))
def test_invisible_characters_hide_no_address(signs: list[str]) -> None:
    hidden = "".join(letter + sign for letter, sign in zip(ADDRESS, signs, strict=True))
    assert masked(f"I am {hidden}.").text == "I am [email]."


PIECE = st.sampled_from([text for text, _ in MASKED] + INNOCENT + [" ", "\n", "1", "-", "@", "(", "+", "a", "\u200b"])


@given(st.lists(st.one_of(PIECE, st.text(max_size=8)), max_size=6).map("".join))
def test_spans_are_in_order_and_the_rest_of_the_text_is_kept(text: str) -> None:
    result, shown = masked(text), visible(text)
    done, rebuilt = 0, ""
    for span in result.spans:
        assert done <= span.start < span.end <= len(shown)
        rebuilt += f"{shown[done : span.start]}[{span.kind}]"
        done = span.end
    assert result.text == rebuilt + shown[done:]


HOSTILE = (
    "1", "1 ", "12-", "@", "a@", "a@a.", "a.", "+1", "(1", "+(1", "GB82", "GB82 ", "GB82WEST ", "ssn", "ssn ",
    "student id ",
    "0", "01 ", "00-", "call me ", "a", "1.1.", "4111 ", "phone 1234567 ", "x@" + "a-" * 30 + ".", "1(", "\u200b@",
    "my  ",
    " ", "\t", "AB12", "1A", "+", "9.", "@" + "a." * 100, "phone" + " " * 60, "national id number ",
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("unit", HOSTILE)
def test_a_megabyte_made_to_be_slow_is_read_through(unit: str) -> None:
    # A pattern that reads a text again from each of its places would need hours for one of these.
    text = (unit * (1_000_000 // len(unit) + 1))[:1_000_000]
    masked(text)


def test_twenty_kilobytes_made_to_be_slow_are_read_through() -> None:
    for unit in HOSTILE:
        masked((unit * 20_000)[:20_000])


def test_log_lines_and_their_tracebacks_hold_no_personal_data() -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(MaskingFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    log = logging.Logger("tutor.pipeline.course_tutor")
    log.addHandler(handler)
    try:
        raise ValueError("cannot store 'I am ada@example.org'")
    except ValueError:
        log.exception("Turn %s of %s failed", "7c9e6679", "call me on 0170 1234567")
    text = stream.getvalue()
    assert "ERROR tutor.pipeline.course_tutor: Turn 7c9e6679 of call me on [phone] failed" in text
    assert "ValueError: cannot store 'I am [email]'" in text
    assert "ada@" not in text
