"""What waits in the outbox of follow-ups is sent, by real servers on this machine, whatever happens to them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from sqlalchemy import Engine

from tests.support.follow_ups import COURSE, Hook, Mailbox, a_follow_up, free_port, hook_server, mail_server
from tests.support.waiting import eventually
from tutor.adapters.smtp_transport import SmtpTransport
from tutor.adapters.sql.courses import SqlCourses
from tutor.adapters.sql.database import open_database, sqlite_url
from tutor.adapters.sql.follow_ups import SqlFollowUps
from tutor.adapters.webhook_transport import WebhookTransport
from tutor.errors import ConfigurationError, ProviderRejected, UpstreamUnavailable
from tutor.follow_ups.follow_up import Delivery, DeliveryState, FollowUp, OutgoingMessage
from tutor.follow_ups.outbox import Outbox
from tutor.follow_ups.store import Transport
from tutor.index.generations import Recipe
from tutor.models import FollowUpRules
from tutor.monitoring.counters import Counters

SENDER = "Course team <tutor@school.example>"


@dataclass
class Office:
    """A database with a course, and what its outbox is sent by."""

    engine: Engine
    store: SqlFollowUps
    courses: SqlCourses
    counters: Counters

    def outbox(self, transport: Transport, **options: Any) -> Outbox:
        """A deliverer that does not wait long."""
        options = {"seconds": 5.0, "first_wait_seconds": 0.05, **options}
        return Outbox(self.store, self.courses, transport, self.counters, **options)

    def leave(self, **fields: Any) -> FollowUp:
        """A stored follow-up."""
        return self.store.add(a_follow_up(**fields))

    def mail_of(self, follow_up: FollowUp) -> Delivery:
        """How the newest mail about a follow-up stands."""
        found = self.store.follow_up(follow_up.course, follow_up.reference).deliveries
        return [each for each in found if each.channel == "mail"][-1]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """An office whose course has an address."""
    engine = open_database(sqlite_url(tmp_path))
    courses = SqlCourses(engine)
    courses.begin_generation(COURSE, Recipe("", 60, "none", 1), (), (), (), ())
    yield Office(engine, SqlFollowUps(engine), courses, Counters())
    engine.dispose()


@pytest.fixture
def mailbox() -> Mailbox:
    """An empty mailbox."""
    return Mailbox()


def text_of(mail: EmailMessage) -> str:
    content = mail.get_content()
    assert isinstance(content, str)
    return content.replace("\r\n", "\n")


def a_message(**fields: Any) -> OutgoingMessage:
    now = datetime.now(UTC)
    delivery = Delivery("d1", "team", "mail", DeliveryState.WAITING, 1, now, now)
    return OutgoingMessage(delivery, a_follow_up(reference="F-7K3Q9M", **fields), COURSE)


def test_the_team_gets_the_question_and_a_reply_reaches_its_student(office: Office, mailbox: Mailbox) -> None:
    left = office.leave(note="Soon?", name="Grace", lesson_title="Bits", lesson_url="https://school.example/bits")
    with mail_server(mailbox) as url:
        assert office.outbox(SmtpTransport(url, SENDER)).deliver_next()
    (mail,) = mailbox.mails
    assert mailbox.recipients == [["team@school.example"]]
    assert (mail["From"], mail["To"], mail["Reply-To"]) == (SENDER, "team@school.example", "grace@student.example")
    assert mail["Subject"] == f"Question {left.reference}: When is the exam? And where? 👋"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Message-ID"] == f"<{left.deliveries[0].id}@school.example>"
    assert (mail.get_content_type(), mail.get_content_charset()) == ("text/plain", "utf-8")
    for part in ("Computer networks", "Grace, grace@student.example", "When is the exam?\nAnd where? 👋", "Soon?",
                 "Bits\nhttps://school.example/bits", left.reference):  # fmt: skip
        assert part in text_of(mail)
    sent = office.mail_of(left)
    assert (sent.state, sent.attempts, sent.problem) == (DeliveryState.SENT, 1, "")
    assert sent.ended_at is not None


def test_the_student_gets_the_answer_with_the_question_the_lesson_and_why(office: Office, mailbox: Mailbox) -> None:
    left = office.leave(lesson_title="Bits", lesson_url="https://school.example/bits")
    office.store.answer("networks", left.reference, "On Friday. ✓")
    with mail_server(mailbox) as url:
        outbox = office.outbox(SmtpTransport(url, SENDER))
        assert outbox.deliver_next()
        assert not outbox.deliver_next()
    (mail,) = mailbox.mails
    assert (mail["To"], mail["Reply-To"]) == ("grace@student.example", "team@school.example")
    assert left.reference in mail["Subject"]
    for part in ("When is the exam?", "On Friday. ✓", "Bits\nhttps://school.example/bits", "You get this mail because"):
        assert part in text_of(mail)


@pytest.mark.parametrize(
    ("language", "word"),
    [("es", "Respuesta"), ("fr-CA", "Réponse"), ("de", "Antwort"), ("pt_BR", "Resposta"), ("ar", "الإجابة"),
     ("hi", "उत्तर"), ("zh", "答复"), ("nl", "Answer")],
)  # fmt: skip
def test_fixed_words_are_in_the_courses_language(office: Office, mailbox: Mailbox, language: str, word: str) -> None:
    office.courses.describe(replace(COURSE, language=language, title="Netze « 网络 »"))
    left = office.leave()
    office.store.answer("networks", left.reference, "!")
    with mail_server(mailbox) as url:
        office.outbox(SmtpTransport(url, SENDER)).deliver_next()
    text = text_of(mailbox.mails[0])
    assert f"\n{word}:\n!\n" in text
    assert "Netze « 网络 »" in text
    assert "{" not in text


def test_a_mail_server_that_comes_back_gets_each_mail_exactly_once(office: Office, mailbox: Mailbox) -> None:
    port = free_port()
    left = [office.leave(question=f"Question {number}") for number in range(3)]
    outbox = office.outbox(SmtpTransport(f"smtp://127.0.0.1:{port}", SENDER))
    outbox.start()
    try:
        eventually(lambda: all(office.mail_of(each).attempts for each in left))
        assert "cannot be reached" in office.mail_of(left[0]).problem
        with mail_server(mailbox, port):
            outbox.wake()

            def all_sent() -> bool:
                outbox.wake()
                return all(office.mail_of(each).state is DeliveryState.SENT for each in left)

            eventually(all_sent)
    finally:
        outbox.stop()
    assert len({mail["Message-ID"] for mail in mailbox.mails}) == len(mailbox.mails) == 3


def test_a_server_that_takes_a_mail_and_hangs_up_gets_it_again_under_the_same_id(
    office: Office, mailbox: Mailbox
) -> None:
    left = office.leave()
    mailbox.answers = ["", "250 taken"]
    with mail_server(mailbox) as url:
        outbox = office.outbox(SmtpTransport(url, SENDER))
        outbox.deliver_next()
        assert office.mail_of(left).state is DeliveryState.WAITING
        eventually(outbox.deliver_next)
    first, second = mailbox.mails
    assert first["Message-ID"] == second["Message-ID"] is not None
    assert first.as_bytes() == second.as_bytes()
    assert office.mail_of(left).state is DeliveryState.SENT


def test_a_refusal_for_now_is_tried_again_and_one_for_good_is_told_without_the_address(
    office: Office, mailbox: Mailbox, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    left = office.leave()
    office.store.answer("networks", left.reference, "Yes.")
    with mail_server(mailbox) as url:
        outbox = office.outbox(SmtpTransport(url, SENDER))
        mailbox.refused_recipients = {left.email: f"450 4.2.1 <{left.email}> try later"}
        outbox.deliver_next()
        waits = office.mail_of(left)
        assert (waits.state, waits.problem) == (
            DeliveryState.WAITING, "The mail server said 450: 4.2.1 <[email]> try later",
        )  # fmt: skip
        mailbox.refused_recipients = {left.email: f"550 5.1.1 <{left.email}> unknown"}
        eventually(outbox.deliver_next)
        assert not outbox.deliver_next()
    failed = office.mail_of(left)
    assert (failed.state, failed.attempts) == (DeliveryState.FAILED, 2)
    assert failed.problem == "The mail server said 550: 5.1.1 <[email]> unknown"
    assert mailbox.mails == []
    # The mail server logs here too.
    ours = "\n".join(record.getMessage() for record in caplog.records if record.name != "mail.log")
    assert left.reference in ours
    assert left.email not in ours
    assert office.counters.of("deliveries") == {("mail", "retried"): 1, ("mail", "failed"): 1}


def test_waits_grow_and_after_some_days_a_delivery_has_failed(office: Office, mailbox: Mailbox) -> None:
    office.leave()
    mailbox.answers = ["451 not now"] * 10
    with mail_server(mailbox) as url:
        transport = SmtpTransport(url, SENDER)
        waits = []
        for first_wait_seconds in (8.0, 8.0, 8.0):
            before = datetime.now(UTC)
            follow_up, attempt = office.store.begin("mail", before, before) or (None, None)
            assert attempt is not None
            assert follow_up is not None
            again = office.outbox(transport, first_wait_seconds=first_wait_seconds)._attempted(follow_up, attempt)
            waits.append((again.due_at - before).total_seconds())
        assert [4 <= waits[0] <= 9, 8 <= waits[1] <= 17, 16 <= waits[2] <= 33] == [True, True, True]
        outbox = office.outbox(transport, give_up_days=1e-9)
        outbox.deliver_next()
    (follow_up,) = office.store.follow_ups("networks", None, 9)
    assert office.mail_of(follow_up).state is DeliveryState.FAILED


def test_an_address_that_the_course_lacks_is_waited_for_as_long_as_it_takes(office: Office, mailbox: Mailbox) -> None:
    office.courses.describe(replace(COURSE, contacts=()))
    left = office.leave()
    with mail_server(mailbox) as url:
        outbox = office.outbox(SmtpTransport(url, SENDER), give_up_days=1e-9)
        outbox.deliver_next()
        waits = office.mail_of(left)
        assert (waits.state, waits.first_tried_at) == (DeliveryState.WAITING, None)
        assert "names no e-mail address" in waits.problem
        office.courses.describe(replace(COURSE, follow_ups=FollowUpRules(True, "desk@school.example")))
        eventually(outbox.deliver_next)
    assert mailbox.recipients == [["desk@school.example"]]


def test_a_server_that_says_nothing_is_left_after_the_deadline(office: Office) -> None:
    left = office.leave()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        outbox = office.outbox(SmtpTransport(f"smtp://127.0.0.1:{silent.getsockname()[1]}", SENDER, 60.0), seconds=0.3)
        began = datetime.now(UTC)
        outbox.deliver_next()
        assert datetime.now(UTC) - began < timedelta(seconds=3)
        assert office.mail_of(left).problem == "No answer within 0.3 seconds."
        with pytest.raises(UpstreamUnavailable, match="timed out"):
            SmtpTransport(f"smtp://127.0.0.1:{silent.getsockname()[1]}", SENDER, 0.2).send(a_message())


def test_a_server_that_hangs_does_not_keep_the_deliverer_from_stopping(office: Office) -> None:
    office.leave()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        outbox = office.outbox(SmtpTransport(f"smtp://127.0.0.1:{silent.getsockname()[1]}", SENDER), seconds=60.0)
        outbox.start()
        silent.settimeout(5)
        with silent.accept()[0]:
            began = datetime.now(UTC)
            outbox.stop(0.2)
            assert datetime.now(UTC) - began < timedelta(seconds=2)


def test_nothing_that_a_student_writes_becomes_a_header(office: Office, mailbox: Mailbox) -> None:
    hostile = "=?utf-8?q?=0ABcc:_evil@x.example?=\r\nBcc: evil@example.org\n\n\u202e\u2028Bcc: x"
    office.leave(question=hostile, note=hostile, name="x =?utf-8?q?=0ABcc:y?=")
    with mail_server(mailbox) as url:
        assert office.outbox(SmtpTransport(url, SENDER)).deliver_next()
    (mail,) = mailbox.mails
    assert mailbox.recipients == [["team@school.example"]]
    assert mail["Bcc"] is None
    assert "= ?utf-8?q?=0ABcc:_evil@x.example?=" in mail["Subject"]
    wanted = {"From", "To", "Reply-To", "Subject", "Date", "Message-ID", "Auto-Submitted", "Content-Type",
              "Content-Transfer-Encoding", "MIME-Version"}  # fmt: skip
    assert {name for name in mail if not name.startswith("X-")} == wanted


@pytest.mark.parametrize(
    "url",
    ["mail.school.example", "http://mail.school.example", "smtp://", "smtp://a:b/c@host", "smtp://host:0",
     "smtp://host:99999", "smtp://host/path", "smtp://[::1"],
)  # fmt: skip
def test_an_address_of_a_mail_server_that_cannot_be_read_is_refused_by_the_name_of_its_setting(url: str) -> None:
    with pytest.raises(ConfigurationError, match="TUTOR_SMTP_URL"):
        SmtpTransport(url, SENDER)


@pytest.mark.parametrize("sender", ["", "Course team", "a@", "@b.example", "A <a@b.example>\r\nBcc: c@d.example"])
def test_a_sender_that_is_no_address_is_refused_by_the_name_of_its_setting(sender: str) -> None:
    with pytest.raises(ConfigurationError, match="TUTOR_MAIL_FROM"):
        SmtpTransport("smtp://127.0.0.1", sender)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate and its key for this machine's names, that nobody has signed."""
    path = tmp_path_factory.mktemp("tls") / "certificate.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    command += ["-addext", f"subjectAltName=DNS:localhost,IP:{own_address()}", "-keyout", str(path), "-out", "-"]
    try:
        made = subprocess.run(command, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"openssl makes no certificate: {error}")
    path.write_bytes(path.read_bytes() + made.stdout)
    return path


def own_address() -> str:
    """An address of this machine that others could reach; skips where there is none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            # Nothing is sent: it only asks which address would be used.
            probe.connect(("10.255.255.255", 9))
        except OSError:
            pytest.skip("this machine has no address but its own")
        return str(probe.getsockname()[0])


class Login:
    """Lets in who has the password."""

    def __call__(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        """Whether it is right."""
        right = LoginPassword(b"tutor", b"p@ss/word")
        return AuthResult(success=data == right, handled=False)


@pytest.fixture
def encrypted(mailbox: Mailbox, certificate: Path) -> Iterator[str]:
    """A mail server that is encrypted from the first byte, by the host and port it is at."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    controller = Controller(
        mailbox, "localhost", free_port(), ssl_context=context, authenticator=Login(), auth_require_tls=False,
    )  # fmt: skip
    controller.start()
    yield f"localhost:{controller.port}"
    controller.stop()


def test_an_encrypted_server_is_entered_with_a_password_when_its_certificate_is_right(
    encrypted: str, mailbox: Mailbox, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UpstreamUnavailable, match="No encrypted connection"):
        SmtpTransport(f"smtps://tutor:p%40ss%2Fword@{encrypted}", SENDER).send(a_message())
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    SmtpTransport(f"smtps://tutor:p%40ss%2Fword@{encrypted}", SENDER).send(a_message())
    assert len(mailbox.mails) == 1
    # Whoever set it can set it right: nothing is lost by then.
    with pytest.raises(UpstreamUnavailable, match="refuses the user or password") as caught:
        SmtpTransport(f"smtps://tutor:wrong@{encrypted}", SENDER).probe()
    assert "wrong" not in caught.value.message


def test_over_a_network_a_password_goes_encrypted_or_not_at_all(
    mailbox: Mailbox, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = own_address()
    if address.startswith("127."):
        pytest.skip("this machine has no address but its own")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    seen: list[bool] = []

    class Watched(Login):
        def __call__(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
            seen.append(session.ssl is not None)
            return super().__call__(server, session, envelope, mechanism, data)

    for tls in (None, context):
        controller = Controller(
            mailbox, address, free_port(), tls_context=tls, authenticator=Watched(), auth_require_tls=False,
        )  # fmt: skip
        controller.start()
        try:
            transport = SmtpTransport(f"smtp://tutor:p%40ss%2Fword@{address}:{controller.port}", SENDER)
            if tls is None:
                with pytest.raises(ConfigurationError, match="no encryption"):
                    transport.send(a_message())
            else:
                transport.send(a_message())
        finally:
            controller.stop()
    assert (seen, len(mailbox.mails)) == ([True], 1)


def test_a_webhook_gets_the_follow_up_signed_under_an_id_that_stays(office: Office) -> None:
    left = office.leave(turn="turn-1")
    hook, secret = Hook(statuses=[503]), "a-secret-of-some-length"
    with hook_server(hook) as url:
        outbox = office.outbox(WebhookTransport(f"{url}/hooks/1?a=b", secret, clock=lambda: 1_800_000_000.0))
        outbox.deliver_next()
        eventually(outbox.deliver_next)
    (path, headers, body), (_, again, _) = hook.requests
    assert path == "/hooks/1?a=b"
    assert headers["webhook-id"] == again["webhook-id"] == left.deliveries[1].id
    signed = f"{headers['webhook-id']}.1800000000.".encode() + body
    digest = hmac.new(secret.encode(), signed, hashlib.sha256).digest()
    assert headers["webhook-signature"] == f"v1,{base64.b64encode(digest).decode()}"
    content = hook.contents[0]
    assert (content["type"], content["data"]["reference"]) == ("follow_up.created", left.reference)
    assert content["data"]["question"] == left.question
    assert content["data"]["turn"] == "turn-1"
    stored = office.store.follow_up("networks", left.reference).deliveries
    assert [each.state for each in stored] == [DeliveryState.WAITING, DeliveryState.SENT]


def test_a_secret_in_base64_signs_as_its_bytes() -> None:
    hook = Hook()
    with hook_server(hook) as url:
        WebhookTransport(url, "whsec_" + base64.b64encode(b"0123456789abcdef").decode(), clock=lambda: 1.0).send(
            a_message()
        )
        WebhookTransport(url).send(a_message())
    (_, signed, body), (_, unsigned, _) = hook.requests
    digest = hmac.new(b"0123456789abcdef", b"d1.1." + body, hashlib.sha256).digest()
    assert signed["webhook-signature"] == f"v1,{base64.b64encode(digest).decode()}"
    assert "webhook-signature" not in unsigned
    with pytest.raises(ConfigurationError, match="TUTOR_FOLLOW_UP_WEBHOOK_SECRET"):
        WebhookTransport("https://desk.school.example", "whsec_&&&&")


@pytest.mark.parametrize(
    ("status", "error"),
    [(302, UpstreamUnavailable), (400, ProviderRejected), (401, UpstreamUnavailable), (404, UpstreamUnavailable),
     (410, ProviderRejected), (413, ProviderRejected), (429, UpstreamUnavailable), (500, UpstreamUnavailable)],
)  # fmt: skip
def test_only_what_a_webhook_will_never_take_has_failed_and_no_redirect_is_followed(
    status: int, error: type[Exception]
) -> None:
    hook = Hook(statuses=[status])
    with hook_server(hook) as url, pytest.raises(error, match=str(status)):
        WebhookTransport(url).send(a_message())
    assert len(hook.requests) == 1


@pytest.mark.parametrize(
    "url",
    ["desk.school.example", "ftp://desk.school.example", "http://desk.school.example/hook", "http://8.8.8.8/",
     "https://user:secret@desk.school.example", "https://desk.school.example/a b", "https://host:99999/", "https://"],
)  # fmt: skip
def test_an_address_of_a_webhook_that_cannot_be_used_is_refused_by_the_name_of_its_setting(url: str) -> None:
    with pytest.raises(ConfigurationError, match="TUTOR_FOLLOW_UP_WEBHOOK_URL") as caught:
        WebhookTransport(url)
    assert "secret@" not in caught.value.message


def test_two_servers_that_share_an_outbox_send_each_mail_once(office: Office, mailbox: Mailbox) -> None:
    left = [office.leave(question=f"Question {number}") for number in range(12)]
    with mail_server(mailbox) as url:
        outboxes = [office.outbox(SmtpTransport(url, SENDER)) for _ in range(3)]
        for outbox in outboxes:
            outbox.start()
        eventually(lambda: all(office.mail_of(each).state is DeliveryState.SENT for each in left))
        for outbox in outboxes:
            outbox.stop()
    assert len({mail["Message-ID"] for mail in mailbox.mails}) == len(mailbox.mails) == 12


def test_a_database_that_is_away_for_a_while_is_waited_for(
    office: Office, mailbox: Mailbox, caplog: pytest.LogCaptureFixture
) -> None:
    class Away(SqlFollowUps):
        away = True

        def begin(self, *args: Any, **named: Any) -> Any:
            if self.away:
                raise UpstreamUnavailable("The database does not answer.")
            return super().begin(*args, **named)

    left = office.leave()
    before = threading.active_count()
    office.store = Away(office.engine)
    with mail_server(mailbox) as url:
        outbox = office.outbox(SmtpTransport(url, SENDER))
        outbox.start()
        eventually(lambda: "cannot be read or written now" in caplog.text)
        Away.away = False
        outbox.wake()
        eventually(lambda: office.mail_of(left).state is DeliveryState.SENT)
        outbox.stop()
    assert threading.active_count() < before + 10
