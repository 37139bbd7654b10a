"""Subtitles (WebVTT and SubRip) → lesson: cues joined into sentences and paragraphs, with their times.

Wide letters are written out: the scripts of `regex` that are wide differ from them in 76,533 code points.
"""

from __future__ import annotations

import html
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import webvtt

from ingest.loaders.decoding import decode
from ingest.loaders.draft import LessonDraft, clean, escape, hidden_signs
from tutor.errors import LessonUnreadable

PAUSE_SECONDS = 2.0
# A pause this long ends a paragraph also in the middle of a sentence.
_LONG_PAUSE_SECONDS = 6.0
_PARAGRAPH_WORDS = 90
_UNPUNCTUATED_WORDS = 130
_VOICE = re.compile(r"<v(?:\.[^\s<>]{1,100})?\s{1,10}([^<>\n]{1,200})>")
_TAG = re.compile(r"</?(?:[a-zA-Z][^<>\n]*|\d+:[\d:.]+)>|</>|\{\\[^}\n]*\}")
_SOUND = re.compile(r"^(?:[\[(](?:\w+[ ,']*){1,4}[\])]|[♪♫#]+)$")
_TURN = re.compile(r"^(?:>>+|[-–—](?=\s|[A-Z]))\s*")
_SENTENCE_END = re.compile(r"[.!?…。！？][\"'”’)\]]*$")
_WIDE = re.compile(r"[\u3000-\u30ff\u3400-\u9fff\uff00-\uffef]")


@dataclass(frozen=True, slots=True)
class _Cue:
    """What is said from `start` to `end` (seconds); `turn` when another person begins, `voice` when named."""

    start: float
    end: float
    lines: tuple[str, ...]
    voice: str = ""
    turn: bool = False

    @property
    def text(self) -> str:
        return _join(self.lines)


def load(data: bytes, name: str) -> LessonDraft:
    """The lesson in a .vtt or .srt file, with a mark at each paragraph's time in whole seconds.

    Raises LessonUnreadable when the file holds no cue.
    """
    raw = decode(data)
    cues = list(_spoken(_captions(clean(raw).lstrip("\n "))))
    if not cues:
        raise LessonUnreadable("holds no subtitles; export it again as WebVTT or SubRip")
    draft = LessonDraft(hidden=hidden_signs(raw))
    voice = ""
    for paragraph in _paragraphs(cues):
        draft.mark("time", int(paragraph[0].start))
        text = escape(_join([cue.text for cue in paragraph]))
        # A voice without a name may be anyone's, so the next name is said again.
        named = paragraph[0].voice and paragraph[0].voice != voice
        voice = paragraph[0].voice
        draft.add(f"{escape(voice)}: {text}" if named else text)
    return draft


def _captions(text: str) -> list[webvtt.Caption]:
    try:
        if text.startswith("WEBVTT"):
            found = webvtt.from_string(text)
        else:
            found = webvtt.from_buffer(io.BytesIO(_from_first_cue(text).encode()), format="srt")
        return sorted(found.captions, key=lambda caption: caption.start_in_seconds)
    except (webvtt.errors.MalformedFileError, webvtt.errors.MalformedCaptionError, ValueError) as error:
        raise LessonUnreadable("is no subtitle file; export it again as WebVTT or SubRip") from error


def _from_first_cue(text: str) -> str:
    """SubRip from its first timing on, numbered if the numbers are missing."""
    if not re.match(r"\d+\s*\n[^\n]*-->", text):
        text = re.sub(r"(?m)(?:^\d+[ \t]*\n)?^(?=[ \t]*\d+:\d+:\d+[,.]\d+[ \t]*-->)", "\n1\n", text)
        first = re.search(r"(?m)^1\n(?=.*-->)", text)
        text = text[first.start() :] if first else text
    return text


def _spoken(captions: Sequence[webvtt.Caption]) -> Iterator[_Cue]:
    """The cues with words, split where another person speaks, without what rolling captions repeat."""
    cues = [cue for caption in captions for cue in _cues(caption)]
    overlaps = [_repeated(one, other) for one, other in pairwise(cues)]
    # One repetition is emphasis; captions that roll repeat in every second cue or so.
    rolling = sum(map(bool, overlaps)) >= max(2, 0.3 * len(cues))
    for at, cue in enumerate(cues):
        if rolling and at and overlaps[at - 1]:
            cue = _without(cue, overlaps[at - 1])
        if cue.lines:
            yield cue


def _cues(caption: webvtt.Caption) -> Iterator[_Cue]:
    start = caption.start_time.in_milliseconds() / 1000
    end = max(caption.end_time.in_milliseconds() / 1000, start)
    voice, lines, turn = "", list[str](), False
    for raw in caption.raw_text.split("\n"):
        for at, part in enumerate(_VOICE.split(raw)):
            if at % 2:
                if lines:
                    yield _Cue(start, end, tuple(lines), voice, turn)
                voice, lines, turn = html.unescape(part).strip(), [], False
                continue
            words = re.sub(r"\s+", " ", html.unescape(_TAG.sub("", part))).strip()
            if not words or _SOUND.match(words):
                continue
            if _TURN.match(words):
                if lines:
                    yield _Cue(start, end, tuple(lines), voice, turn)
                words, lines, turn = _TURN.sub("", words), [], True
            if words:
                lines.append(words)
    if lines:
        yield _Cue(start, end, tuple(lines), voice, turn)


def _repeated(one: _Cue, other: _Cue) -> int:
    """How many characters at the start of `other` were on the screen with `one` just before."""
    if other.start > one.end + 0.2:
        return 0
    for first in range(len(one.lines)):
        tail = one.lines[first:]
        if other.lines[: len(tail)] == tail:
            return len(" ".join(tail))
    before, after = " ".join(one.lines), " ".join(other.lines)
    return len(before) if after.startswith(before + " ") else 0


def _without(cue: _Cue, characters: int) -> _Cue:
    rest = " ".join(cue.lines)[characters:].strip()
    return replace(cue, lines=(rest,) if rest else ())


def _paragraphs(cues: Sequence[_Cue]) -> Iterator[list[_Cue]]:
    words = sum(len(cue.text.split()) for cue in cues)
    punctuated = sum(bool(_SENTENCE_END.search(cue.text)) for cue in cues) * 60 >= words
    paragraph: list[_Cue] = []
    length = 0
    for cue in cues:
        if paragraph:
            last = paragraph[-1]
            pause = cue.start - last.end
            ended = bool(_SENTENCE_END.search(last.text))
            speaker = cue.turn or (cue.voice != last.voice and bool(cue.voice or last.voice))
            full = length >= _PARAGRAPH_WORDS if ended else length >= _UNPUNCTUATED_WORDS and not punctuated
            paused = pause >= PAUSE_SECONDS and (ended or not punctuated or pause >= _LONG_PAUSE_SECONDS)
            # No sentence is this long: the file has stopped using full stops.
            if speaker or full or paused or length >= 3 * _UNPUNCTUATED_WORDS:
                yield paragraph
                paragraph, length = [], 0
        paragraph.append(cue)
        length += len(cue.text.split())
    if paragraph:
        yield paragraph


def _join(parts: Sequence[str]) -> str:
    text = parts[0]
    for part in parts[1:]:
        wide = _WIDE.match(text[-1:]) and _WIDE.match(part)
        text += part if wide else " " + part
    return text
