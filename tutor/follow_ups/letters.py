"""Mails about inquiries, as text: the question to the course team, the answer to its student."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from tutor.errors import ConfigurationError
from tutor.follow_ups.inquiries import Parcel, one_line, team_address, words_of

_MOST_SUBJECT = 40


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail without its headers of transport; `reply_to` may be empty."""

    to: str
    reply_to: str
    subject: str
    text: str
    written_at: datetime


def letter_of(parcel: Parcel) -> Letter:
    """The mail of a delivery, its fixed words in the course's language.

    Raises ConfigurationError when it is for the course team and the course names no address of it.
    """
    words = words_of(parcel.course.language)
    return _to_team(parcel, words) if parcel.delivery.purpose == "team" else _to_student(parcel, words)


def _to_team(parcel: Parcel, words: Mapping[str, str]) -> Letter:
    inquiry, course = parcel.inquiry, parcel.course
    team = team_address(course)
    if not team:
        raise ConfigurationError("course.yaml names no e-mail address of the course team (follow_ups: email).")
    sender = f"{inquiry.name}, {inquiry.email}" if inquiry.name else inquiry.email
    parts = [
        words["asked"].format(course=course.title),
        f"{words['from']}: {sender}",
        _headed(words["question"], inquiry.question),
        _headed(words["note"], inquiry.note),
        _lesson(parcel, words),
        "--\n" + words["how"].format(reference=inquiry.reference),
    ]
    subject = words["asked_subject"].format(reference=inquiry.reference, question=_shortened(inquiry.question))
    # A reply reaches who asked, as in any mail.
    return Letter(team, inquiry.email, subject, _joined(parts), inquiry.created_at)


def _to_student(parcel: Parcel, words: Mapping[str, str]) -> Letter:
    inquiry, course = parcel.inquiry, parcel.course
    hello = words["hello_name"].format(name=inquiry.name) if inquiry.name else words["hello"]
    why = words["why"].format(date=f"{inquiry.created_at:%Y-%m-%d}", course=course.title)
    parts = [
        hello,
        words["answered"].format(course=course.title),
        _headed(words["question"], inquiry.question),
        _headed(words["answer"], inquiry.answer),
        _lesson(parcel, words),
        f"--\n{why}",
    ]
    subject = words["answered_subject"].format(reference=inquiry.reference)
    written_at = inquiry.answered_at or inquiry.created_at
    return Letter(inquiry.email, team_address(course), subject, _joined(parts), written_at)


def _headed(heading: str, text: str) -> str:
    return f"{heading}:\n{text}" if text else ""


def _lesson(parcel: Parcel, words: Mapping[str, str]) -> str:
    inquiry = parcel.inquiry
    return "\n".join(filter(None, (_headed(words["lesson"], inquiry.lesson_title), inquiry.lesson_url)))


def _joined(parts: list[str]) -> str:
    return "\n\n".join(filter(None, parts)) + "\n"


def _shortened(text: str) -> str:
    line = one_line(text)
    return line if len(line) <= _MOST_SUBJECT else line[:_MOST_SUBJECT].rsplit(" ", 1)[0] + " …"
