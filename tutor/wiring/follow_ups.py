"""Settings → the desk where follow-ups are left, and what carries them to the course team."""

from __future__ import annotations

from tutor.config import Settings
from tutor.errors import ConfigurationError
from tutor.follow_ups.desk import FollowUpDesk
from tutor.follow_ups.follow_up import Channel
from tutor.follow_ups.outbox import Outbox
from tutor.follow_ups.store import FollowUpStore, Transport
from tutor.index.protocols import CourseStore
from tutor.monitoring.counters import Counters
from tutor.turns.store import TurnStore


def make_desk(
    settings: Settings,
    store: FollowUpStore,
    courses: CourseStore,
    turns: TurnStore,
    counters: Counters,
    *,
    serving: bool,
) -> FollowUpDesk:
    """The desk over a store; it sends only where it is `serving`. Raises ConfigurationError as `make_transports`."""
    outboxes = [
        Outbox(
            store,
            courses,
            transport,
            counters,
            seconds=settings.delivery_seconds,
            give_up_days=settings.delivery_days,
        )
        for transport in (make_transports(settings) if serving else ())
    ]
    return FollowUpDesk(
        store,
        courses,
        turns,
        outboxes,
        channels(settings),
        per_hour=settings.follow_ups_per_hour,
        max_question_characters=settings.max_question_characters,
        public_url=settings.public_url or "",
    )


def channels(settings: Settings) -> list[Channel]:
    """The channels that are configured."""
    configured: list[Channel] = ["mail"] if settings.smtp_url else []
    return [*configured, "webhook"] if settings.follow_up_webhook_url else configured


def make_transports(settings: Settings) -> list[Transport]:
    """What sends on each configured channel; no service is called yet.

    Raises ConfigurationError that names the setting that is missing or wrong.
    """
    transports: list[Transport] = []
    if settings.smtp_url is not None:
        from tutor.adapters.smtp_transport import SmtpTransport

        if settings.mail_from is None:
            raise ConfigurationError("TUTOR_SMTP_URL is set, but TUTOR_MAIL_FROM is not: mails need a sender.")
        transports.append(
            SmtpTransport(settings.smtp_url.get_secret_value(), settings.mail_from, settings.delivery_seconds)
        )
    if settings.follow_up_webhook_url is not None:
        from tutor.adapters.webhook_transport import WebhookTransport

        secret = settings.follow_up_webhook_secret
        url = settings.follow_up_webhook_url.get_secret_value()
        transports.append(WebhookTransport(url, secret.get_secret_value() if secret else "", settings.delivery_seconds))
    return transports
