"""Settings → the desk where inquiries are left, and what carries them to the course team."""

from __future__ import annotations

from tutor.config import Settings
from tutor.errors import ConfigurationError
from tutor.follow_ups.desk import InquiryDesk
from tutor.follow_ups.inquiries import Channel
from tutor.follow_ups.outbox import Deliverer
from tutor.follow_ups.store import InquiryStore, Post
from tutor.index.protocols import CourseStore
from tutor.monitoring.counters import Tally
from tutor.turns.store import TurnStore


def make_desk(
    settings: Settings, store: InquiryStore, courses: CourseStore, turns: TurnStore, tally: Tally, *, serving: bool
) -> InquiryDesk:
    """The desk over a store; only where it is `serving` is anything sent. Raises ConfigurationError as `make_posts`."""
    deliverers = [
        Deliverer(
            store,
            courses,
            post,
            tally,
            seconds=settings.delivery_seconds,
            give_up_days=settings.delivery_days,
        )
        for post in (make_posts(settings) if serving else ())
    ]
    return InquiryDesk(
        store,
        courses,
        turns,
        deliverers,
        channels(settings),
        per_hour=settings.follow_ups_per_hour,
        most_question_characters=settings.max_question_characters,
        public_url=settings.public_url or "",
    )


def channels(settings: Settings) -> list[Channel]:
    """The channels that are configured."""
    configured: list[Channel] = ["mail"] if settings.smtp_url else []
    return [*configured, "webhook"] if settings.follow_up_webhook_url else configured


def make_posts(settings: Settings) -> list[Post]:
    """What sends on each configured channel; nobody is called yet.

    Raises ConfigurationError that names the setting that is missing or wrong.
    """
    posts: list[Post] = []
    if settings.smtp_url is not None:
        from tutor.adapters.smtp_post import SmtpPost

        if settings.mail_from is None:
            raise ConfigurationError("TUTOR_SMTP_URL is set, but TUTOR_MAIL_FROM is not: mails need a sender.")
        posts.append(SmtpPost(settings.smtp_url.get_secret_value(), settings.mail_from, settings.delivery_seconds))
    if settings.follow_up_webhook_url is not None:
        from tutor.adapters.webhook_post import WebhookPost

        secret = settings.follow_up_webhook_secret
        url = settings.follow_up_webhook_url.get_secret_value()
        posts.append(WebhookPost(url, secret.get_secret_value() if secret else "", settings.delivery_seconds))
    return posts
