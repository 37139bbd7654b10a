"""Mails about follow-ups, as text: the question to the course team, the answer to its student."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tutor.errors import ConfigurationError
from tutor.follow_ups.follow_up import OutgoingMessage, messages_of, one_line, team_address
from tutor.text.messages import Messages

_MAX_SUBJECT = 40


@dataclass(frozen=True, slots=True)
class Email:
    """A mail without its headers of transport; `reply_to` may be empty."""

    to: str
    reply_to: str
    subject: str
    text: str
    written_at: datetime


def email_of(message: OutgoingMessage) -> Email:
    """The mail of a delivery, its fixed words in the course's language.

    Raises ConfigurationError when it is for the course team and the course names no address of it.
    """
    said = messages_of(message.course)
    return _to_team(message, said) if message.delivery.purpose == "team" else _to_student(message, said)


def _to_team(message: OutgoingMessage, said: Messages) -> Email:
    follow_up, course = message.follow_up, message.course
    team = team_address(course)
    if not team:
        raise ConfigurationError("course.yaml names no e-mail address of the course team (follow_ups: email).")
    sender = f"{follow_up.name}, {follow_up.email}" if follow_up.name else follow_up.email
    parts = [
        said("asked", course=course.title),
        f"{said['from']}: {sender}",
        _headed(said["question"], follow_up.question),
        _headed(said["note"], follow_up.note),
        _lesson(message, said),
        "--\n" + said("how", reference=follow_up.reference),
    ]
    subject = said("asked_subject", reference=follow_up.reference, question=_shortened(follow_up.question))
    # A reply reaches who asked, as in any mail.
    return Email(team, follow_up.email, subject, _joined(parts), follow_up.created_at)


def _to_student(message: OutgoingMessage, said: Messages) -> Email:
    follow_up, course = message.follow_up, message.course
    hello = said("hello_name", name=follow_up.name) if follow_up.name else said["hello"]
    why = said("why", date=f"{follow_up.created_at:%Y-%m-%d}", course=course.title)
    parts = [
        hello,
        said("answered", course=course.title),
        _headed(said["question"], follow_up.question),
        _headed(said["answer"], follow_up.answer),
        _lesson(message, said),
        f"--\n{why}",
    ]
    subject = said("answered_subject", reference=follow_up.reference)
    written_at = follow_up.answered_at or follow_up.created_at
    return Email(follow_up.email, team_address(course), subject, _joined(parts), written_at)


def _headed(heading: str, text: str) -> str:
    return f"{heading}:\n{text}" if text else ""


def _lesson(message: OutgoingMessage, said: Messages) -> str:
    follow_up = message.follow_up
    return "\n".join(filter(None, (_headed(said["lesson"], follow_up.lesson_title), follow_up.lesson_url)))


def _joined(parts: list[str]) -> str:
    return "\n\n".join(filter(None, parts)) + "\n"


def _shortened(text: str) -> str:
    line = one_line(text)
    return line if len(line) <= _MAX_SUBJECT else line[:_MAX_SUBJECT].rsplit(" ", 1)[0] + " …"
