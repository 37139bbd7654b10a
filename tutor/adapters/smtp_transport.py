"""Mail by SMTP: https://www.rfc-editor.org/rfc/rfc5321"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime, parseaddr
from urllib.parse import SplitResult, unquote, urlsplit

from tutor.errors import ConfigurationError, ProviderRejected, TimedOut, UpstreamUnavailable
from tutor.follow_ups.email_address import email_address
from tutor.follow_ups.emails import Email, email_of
from tutor.follow_ups.follow_up import Channel, OutgoingMessage
from tutor.hosts import is_loopback

_PORTS = {"smtp": 587, "smtps": 465}
_LASTING = range(500, 600)


class SmtpTransport:
    """The `Transport` over an SMTP server; one connection per mail.

    `url` is smtp://user:password@host:port, which is encrypted by STARTTLS where the server offers it, or smtps://….
    `sender` is an address, with a name if wanted. `seconds` is how long each answer of the server may take.
    Raises ConfigurationError for either that cannot be read.
    """

    def __init__(self, url: str, sender: str, seconds: float = 30.0) -> None:
        self._server = _server(url)
        self._sender = sender
        self._address = _address(sender)
        self._seconds = seconds

    @property
    def channel(self) -> Channel:
        """Mail."""
        return "mail"

    def send(self, message: OutgoingMessage) -> None:
        """Send the mail of a delivery. Raises as `Transport.send`: what is refused with 5xx is never taken."""
        email = email_of(message)
        mail = self._mime(email, message.delivery.id)
        with self._connected() as connection:
            try:
                connection.send_message(mail, self._address, [email.to])
            except smtplib.SMTPRecipientsRefused as error:
                raise _refused(*next(iter(error.recipients.values()))) from error
            except smtplib.SMTPDataError as error:
                raise _refused(error.smtp_code, error.smtp_error) from error
            except smtplib.SMTPNotSupportedError as error:
                raise ProviderRejected("The mail server takes no address with letters beyond ASCII.") from error

    def probe(self) -> None:
        """Nothing when the server lets us in; raises as `send`."""
        with self._connected() as connection:
            connection.noop()

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        """A connection, let in; errors of the connection are translated."""
        try:
            connection = self._connect()
            try:
                self._enter(connection)
                yield connection
            finally:
                # What was taken is taken, however the goodbye goes.
                with suppress(smtplib.SMTPException, OSError):
                    connection.quit()
                connection.close()
        except TimeoutError as error:
            raise TimedOut(f"The mail server did not answer within {self._seconds:g} seconds.") from error
        except ssl.SSLError as error:
            raise UpstreamUnavailable(f"No encrypted connection to the mail server: {error.reason}.") from error
        except smtplib.SMTPAuthenticationError as error:
            raise UpstreamUnavailable(
                f"The mail server refuses the user or password of TUTOR_SMTP_URL: {_said(error.smtp_error)}"
            ) from error
        except smtplib.SMTPSenderRefused as error:
            # Of the sender that is configured, not of whom it is for: that can be mended.
            raise UpstreamUnavailable(
                f"The mail server refuses TUTOR_MAIL_FROM with {error.smtp_code}: {_said(error.smtp_error)}"
            ) from error
        except smtplib.SMTPResponseException as error:
            raise UpstreamUnavailable(f"The mail server said {error.smtp_code}: {_said(error.smtp_error)}") from error
        except smtplib.SMTPServerDisconnected as error:
            raise UpstreamUnavailable(f"The mail server did not go on: {error}.") from error
        except (smtplib.SMTPException, OSError) as error:
            raise UpstreamUnavailable(f"The mail server cannot be reached: {error}.") from error

    def _connect(self) -> smtplib.SMTP:
        host, port = self._server.hostname or "", self._server.port or _PORTS[self._server.scheme]
        # Named after the sender: the name of this machine is private.
        own = self._address.rpartition("@")[2]
        if self._server.scheme == "smtps":
            return smtplib.SMTP_SSL(host, port, own, timeout=self._seconds, context=ssl.create_default_context())
        return smtplib.SMTP(host, port, own, timeout=self._seconds)

    def _enter(self, connection: smtplib.SMTP) -> None:
        connection.ehlo_or_helo_if_needed()
        local = is_loopback(self._server.hostname or "")
        encrypted = self._server.scheme == "smtps"
        if not encrypted and not local and connection.has_extn("starttls"):
            connection.starttls(context=ssl.create_default_context())
            connection.ehlo()
            encrypted = True
        if self._server.username is None:
            return
        if not encrypted and not local:
            raise ConfigurationError("The mail server offers no encryption, and a password is not sent without it.")
        if not connection.has_extn("auth"):
            raise ConfigurationError("The mail server takes no user and password; leave them out of TUTOR_SMTP_URL.")
        connection.login(unquote(self._server.username), unquote(self._server.password or ""))

    def _mime(self, email: Email, id_: str) -> EmailMessage:
        message = EmailMessage(policy=SMTP_POLICY)
        message["From"] = self._sender
        message["To"] = email.to
        if email.reply_to:
            message["Reply-To"] = email.reply_to
        # What a student writes must not be taken for an encoded word.
        message["Subject"] = email.subject.replace("=?", "= ?")
        message["Date"] = format_datetime(email.written_at)
        # The same at every attempt, so that who gets it twice can tell.
        message["Message-ID"] = f"<{id_}@{self._address.rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(email.text, charset="utf-8")
        return message


def _server(url: str) -> SplitResult:
    wrong = "TUTOR_SMTP_URL cannot be read; write it like smtp://user:password@mail.school.example:587 or smtps://…"
    try:
        server = urlsplit(url)
        is_whole = server.scheme in _PORTS and server.hostname and server.port != 0 and server.path in ("", "/")
    except ValueError:
        raise ConfigurationError(wrong) from None
    if not is_whole or server.query or server.fragment:
        raise ConfigurationError(f"{wrong}; in a password, write signs such as @ and / as %40 and %2F.")
    return server


def _address(sender: str) -> str:
    try:
        if any(sign in sender for sign in "\r\n"):
            raise ValueError
        # Not as strict as with students: a server of one's own may be `localhost`.
        return email_address(parseaddr(sender)[1], dotted=False)
    except ValueError:
        raise ConfigurationError(
            "TUTOR_MAIL_FROM is no e-mail address; write it like Course team <tutor@school.example>."
        ) from None


def _refused(code: int, said: bytes | str) -> ProviderRejected | UpstreamUnavailable:
    kind = ProviderRejected if code in _LASTING else UpstreamUnavailable
    return kind(f"The mail server said {code}: {_said(said)}")


def _said(answer: bytes | str) -> str:
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return " ".join(text.split())
