"""What tests of follow-ups share: follow-ups, and the servers that they are sent to."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from shutil import copytree
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope, Session

from tutor.adapters.sql.courses import SqlCourses
from tutor.adapters.sql.database import open_database, sqlite_url
from tutor.follow_ups.follow_up import Consent, FollowUp
from tutor.models import Contact, CourseInfo, FollowUpRules

COURSE = CourseInfo(
    "networks", "Computer networks", contacts=(Contact("email", "Ada", "team@school.example"),),
    follow_ups=FollowUpRules(enabled=True),
)  # fmt: skip


def a_follow_up(**fields: Any) -> FollowUp:
    """A follow-up as it is left."""
    given = {
        "reference": "",
        "course": COURSE.slug,
        "email": "grace@student.example",
        "question": "When is the exam?\nAnd where? 👋",
        "consent": Consent("I agree.", "12345678"),
        "created_at": datetime.now(UTC),
        **fields,
    }
    return FollowUp(**given)


def enabled(published: Path, folder: Path) -> Path:
    """A copy of a course's data in which students may leave follow-ups."""
    data = Path(copytree(published, folder / "data"))
    engine = open_database(sqlite_url(data))
    courses = SqlCourses(engine)
    courses.describe(replace(courses.course(COURSE.slug).info, follow_ups=FollowUpRules(enabled=True)))
    engine.dispose()
    return data


@dataclass
class Mailbox:
    """Takes mails as an SMTP server does; `answers` are what it says to the next ones in place of taking them.

    An answer that is empty takes the mail and hangs up without saying so.
    """

    answers: list[str] = field(default_factory=list)
    refused_recipients: dict[str, str] = field(default_factory=dict)
    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd names it so
        self, server: Any, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take a recipient, or not."""
        if address in self.refused_recipients:
            return self.refused_recipients[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Take a mail, or not."""
        answer = self.answers.pop(0) if self.answers else "250 taken"
        if answer in ("", "250 taken"):
            content = envelope.content
            assert isinstance(content, bytes)
            mail = message_from_bytes(content, policy=policy.default)
            assert isinstance(mail, EmailMessage)
            self.mails.append(mail)
            self.recipients.append(list(envelope.rcpt_tos))
        if not answer:
            server.transport.abort()
        return answer or "250 never heard"


@contextmanager
def mail_server(mailbox: Mailbox, port: int = 0) -> Iterator[str]:
    """A mail server on this machine, by its URL."""
    controller = Controller(mailbox, hostname="127.0.0.1", port=port or free_port(), ready_timeout=10)
    controller.start()
    try:
        yield f"smtp://127.0.0.1:{controller.port}"
    finally:
        with suppress(Exception):
            controller.stop()


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@dataclass
class Hook:
    """Takes posts; `statuses` are what it answers to the next ones, 200 after that."""

    statuses: list[int] = field(default_factory=list)
    requests: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)

    @property
    def contents(self) -> list[Any]:
        """The JSON of each request."""
        return [json.loads(body) for _, _, body in self.requests]


@contextmanager
def hook_server(hook: Hook) -> Iterator[str]:
    """A web server on this machine that takes posts, by its URL."""

    class _WebhookHandler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            hook.requests.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
            status = hook.statuses.pop(0) if hook.statuses else 200
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), _WebhookHandler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
