"""Cues of both formats, as players, editors and YouTube write them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.loaders import subtitles
from ingest.loaders.draft import LessonDraft
from tutor.errors import LessonUnreadable


def vtt(*cues: tuple[float, float, str], head: str = "WEBVTT") -> bytes:
    return "\n\n".join([head, *(f"{_time(a)} --> {_time(b)}\n{words}" for a, b, words in cues)]).encode()


def srt(*cues: tuple[float, float, str]) -> bytes:
    numbered = enumerate(cues, 1)
    blocks = [f"{at}\n{_time(a)} --> {_time(b)}\n{words}".replace(".", ",", 2) for at, (a, b, words) in numbered]
    return ("\n\n".join(blocks) + "\n").encode()


def _time(seconds: float) -> str:
    return f"{int(seconds // 3600):02}:{int(seconds // 60) % 60:02}:{seconds % 60:06.3f}"


def load(data: bytes) -> LessonDraft:
    return subtitles.load(data, "x.vtt")


def places(draft: LessonDraft) -> list[tuple[str, str]]:
    return [(mark.label, draft.text[mark.start :].split("\n")[0]) for mark in draft.marks if mark.kind == "time"]


@pytest.mark.parametrize("written", [vtt, srt])
def test_cues_are_joined_and_a_pause_after_a_sentence_begins_a_paragraph(written: Callable[..., bytes]) -> None:
    draft = load(written((0, 2, "Attention is "), (2, 4.5, "all you need."), (7, 8, "So"), (10.5, 11, "it goes.")))
    assert places(draft) == [("0", "Attention is all you need."), ("7", "So it goes.")]


def test_times_beyond_an_hour_are_whole_seconds() -> None:
    assert places(load(vtt((3725.9, 3727, "Late.")))) == [("3725", "Late.")]


def test_long_speech_is_cut_at_the_end_of_a_sentence() -> None:
    cues = [(at * 3.0, at * 3.0 + 3, f"Here are exactly ten words in sentence number {at}.") for at in range(20)]
    draft = load(vtt(*cues))
    sizes = [len(paragraph.split()) for paragraph in draft.text.split("\n\n")]
    assert sizes == [90, 90]
    assert places(draft)[1][0] == "30"


def test_speech_without_punctuation_is_cut_too() -> None:
    draft = load(vtt(*((at * 2.0, at * 2.0 + 2, f"words go on in cue {at}") for at in range(60))))
    assert max(len(paragraph.split()) for paragraph in draft.text.split("\n\n")) <= 135


def test_voices_are_named_when_they_change() -> None:
    data = vtt((0, 1, "<v.loud Ada>Is it a <i>loop</i>?"), (1, 2, "<v Ada>I think so."), (2, 3, "<v Bob>It is."))
    assert load(data).text == "Ada: Is it a loop? I think so.\n\nBob: It is."


def test_two_voices_in_one_cue_are_two_paragraphs() -> None:
    assert load(vtt((0, 2, "<v Ada>Yes?\n<v Bob>No."))).text == "Ada: Yes?\n\nBob: No."
    assert load(srt((0, 2, "- Yes?\n- No."), (2, 3, ">> Why?"))).text == "Yes?\n\nNo.\n\nWhy?"


def test_tags_entities_positions_and_sounds_are_dropped() -> None:
    data = vtt(
        (0, 1, '{\\an8}<font color="red">A &amp; B</font> <00:00:00.500><c>here</c>'),
        (1, 2, "[Music]"),
        (2, 3, "x < 3"),
    )
    assert load(data).text == r"A & B here x < 3"


def test_notes_styles_and_numbers_are_no_words() -> None:
    head = "WEBVTT - A talk\nKind: captions\n\nNOTE made by hand\n\nSTYLE\n::cue { color: red }\n\n17"
    assert load(vtt((0, 1, "Only this."), head=head).replace(b"17\n\n", b"17\n")).text == "Only this."


ROLLING = """\
WEBVTT
Kind: captions
Language: en

00:00:00.000 --> 00:00:02.000 align:start position:0%
\x20
so<00:00:00.500><c> today</c><00:00:01.000><c> we</c>

00:00:02.000 --> 00:00:02.010 align:start position:0%
so today we
\x20

00:00:02.010 --> 00:00:04.000 align:start position:0%
so today we
look<00:00:02.500><c> at</c><00:00:03.000><c> loops</c>

00:00:04.000 --> 00:00:04.010 align:start position:0%
look at loops
\x20

00:00:04.010 --> 00:00:06.000 align:start position:0%
look at loops
and<00:00:04.500><c> lists</c>
"""


def test_captions_that_roll_are_said_once() -> None:
    assert load(ROLLING.encode()).text == "so today we look at loops and lists"


def test_captions_that_grow_are_said_once() -> None:
    data = vtt((0, 1, "so"), (1, 2, "so today"), (2, 3, "so today we"), (3, 4, "look"), (4, 5, "look up"))
    assert load(data).text == "so today we look up"


def test_what_is_really_said_twice_stays() -> None:
    data = srt(
        *((at, at + 1, words) for at, words in enumerate(["No.", "No.", "It is", "a list", "of words", "and more."]))
    )
    assert load(data).text == "No. No. It is a list of words and more."


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff1\n00:00:01,000 --> 00:00:02,000\nHi there.\n",
        "\n\n1\r\n00:00:01,000 --> 00:00:02,000\r\nHi there.\r\n",
        "00:00:01,000 --> 00:00:02,000\nHi there.\n",
        "made with a tool\n\n1\n00:00:01,000 --> 00:00:02,000\nHi there.\n",
        "WEBVTT\n\n00:01.000 --> 00:02.000\nHi there.\n",
        "7\n00:00:01.000 --> 00:00:02.000  X1:10 X2:20\nHi there.",
    ],
)
def test_crooked_files_are_read(text: str) -> None:
    assert places(load(text.encode())) == [("1", "Hi there.")]


def test_subrip_without_numbers_keeps_every_cue() -> None:
    data = "\n\n".join(f"00:00:0{at},000 --> 00:00:0{at},900\nword{at}" for at in range(5)).encode()
    assert load(data).text == "word0 word1 word2 word3 word4"


def test_chinese_cues_are_joined_without_a_space() -> None:
    assert load(vtt((0, 1, "神经网络"), (1, 2, "有很多权重。"))).text == "神经网络有很多权重。"


@pytest.mark.parametrize("data", [b"WEBVTT\n", b"Just some words.\n", b"1\n2\n3\n", b"\x00\x01"])
def test_files_without_cues_are_refused(data: bytes) -> None:
    with pytest.raises(LessonUnreadable):
        load(data)


def check(data: bytes) -> None:
    try:
        draft = load(data)
    except LessonUnreadable:
        return
    starts = [mark.start for mark in draft.marks]
    assert starts == sorted(starts)
    assert all(start <= len(draft.text) for start in starts)


@settings(deadline=None)
@given(st.binary(max_size=200), st.sampled_from([b"", b"WEBVTT\n\n", b"1\n00:00:01,000 --> 00:00:02,000\n"]))
def test_any_bytes_load_or_are_refused(data: bytes, head: bytes) -> None:
    check(head + data)


PART = st.sampled_from(
    [
        "\n",
        "\n\n",
        "1",
        "00:00:01.000",
        " --> ",
        "00:00:02,500",
        "99:99:99.999",
        "<v A>",
        "<v",
        ">",
        "- ",
        "NOTE",
        "x.",
        "-->",
    ]
)


@settings(deadline=None)
@given(st.lists(PART, max_size=30).map("".join), st.booleans())
def test_any_mixture_of_their_parts_loads_or_is_refused(text: str, is_vtt: bool) -> None:
    check((("WEBVTT\n\n" if is_vtt else "") + text).encode())


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(0, 5), st.floats(0, 5), st.lists(st.sampled_from("abcd"), min_size=1)), min_size=1))
def test_every_word_of_a_talk_is_in_the_lesson_once(cues: list[tuple[float, float, list[str]]]) -> None:
    at, timed = 0.0, []
    for number, (pause, length, words) in enumerate(cues):
        # A number in each cue, so that none repeats the one before it.
        timed.append((at + pause, at + pause + length, " ".join([f"w{number}", *words])))
        at += pause + length
    assert load(vtt(*timed)).text.split() == [word for cue in timed for word in cue[2].split()]
    assert load(srt(*timed)).text == load(vtt(*timed)).text
