"""A loader's draft → the lesson: its title, chapter, headings and reading time."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from ingest.loaders.draft import LessonDraft
from ingest.outline import headings
from tutor.models import Lesson

WORDS_PER_MINUTE = 200
_NUMBER = re.compile(r"^\d+(?:[.\-_ ]\d+)*[.\-_ )]+(?=\S)")


def lesson_from(draft: LessonDraft, lesson: str, source_digest: str) -> Lesson:
    """The lesson at the path `lesson`, from what its loader wrote.

    The title is the front matter's, else the first heading when it is of level 1, else the file's name.
    """
    text = draft.text
    found = headings(text, draft.marks)
    path = PurePosixPath(lesson)
    title = draft.title.strip() or (found[0].title if found and found[0].level == 1 else "") or readable(path.stem)
    chapter = draft.chapter or " › ".join(readable(part) for part in path.parts[:-1])
    words = len(re.findall(r"\w+", text))
    return Lesson(
        lesson=lesson,
        title=title,
        text=text,
        headings=found,
        marks=draft.marks,
        chapter=chapter,
        order=draft.order or 0,
        minutes=draft.minutes or max(1, round(words / WORDS_PER_MINUTE)),
        preview=draft.preview,
        url=draft.url,
        source_digest=source_digest,
    )


def readable(name: str) -> str:
    """A file's or folder's name as words: `03-attention_masks` → `Attention masks`."""
    words = re.sub(r"[-_\s]+", " ", _NUMBER.sub("", name)).strip() or name
    return words[:1].upper() + words[1:]
