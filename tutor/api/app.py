"""The app: routes, middleware and errors around a tutor."""

from __future__ import annotations

import logging
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

from tutor import __version__
from tutor.api import openai_problems
from tutor.api.context import AppContext
from tutor.api.headers import SecurityHeaders
from tutor.api.metrics import Observed
from tutor.api.middleware.access import Access
from tutor.api.middleware.admission import Admission
from tutor.api.middleware.body_limit import BodyLimit
from tutor.api.middleware.origins import Origins
from tutor.api.middleware.rates import Rates
from tutor.api.openapi import DESCRIPTION, document
from tutor.api.pages import asset_routes, embedding, panel, reader
from tutor.api.problems import add_handlers
from tutor.api.routes import conversations, courses, follow_ups, health, openai, search, sessions, turns, usage
from tutor.config import Settings
from tutor.courses.tutor import Tutor

log = logging.getLogger(__name__)


def make_app(tutor: Tutor, settings: Settings) -> FastAPI:
    """The app over `tutor`, which it starts when it is served and closes at the end."""
    context = AppContext.of(tutor)
    app = FastAPI(
        title="Course Tutor",
        version=__version__,
        description=DESCRIPTION,
        lifespan=lambda app: _running(context, settings.drain_seconds),
        # Their pages load scripts from another host.
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        middleware=[
            Middleware(Observed, metrics=context.metrics),
            Middleware(SecurityHeaders),
            *_cors(settings),
            Middleware(Access, settings=settings, sessions=tutor.sessions),
            Middleware(Origins, settings=settings, context=context),
            Middleware(Rates, settings=settings),
            Middleware(Admission, context=context),
            Middleware(BodyLimit),
        ],
    )
    app.state.context = context
    app.state.settings = settings
    add_handlers(app, openai_problems)
    for noun in (
        health,
        courses,
        sessions,
        search,
        turns,
        conversations,
        follow_ups,
        usage,
        openai,
        asset_routes,
        reader,
        embedding,
        panel,
    ):
        app.include_router(noun.router)
    app.openapi = lambda: document(app)  # type: ignore[method-assign]
    return app


@asynccontextmanager
async def _running(context: AppContext, drain_seconds: float) -> AsyncIterator[None]:
    def start() -> None:
        try:
            context.tutor.start()
        except Exception:
            log.exception("The courses could not be loaded; they are tried again when they are used.")

    # Aside: the process is alive, and says so, while it is not ready yet.
    threading.Thread(target=start, name="start", daemon=True).start()
    # Under a server that does not drain by itself, what runs is ended here at the latest.
    async with context.tutor.running(drain_seconds):
        with context.tutor.desk.delivering():
            yield
    context.close()
    context.tutor.close()


def _cors(settings: Settings) -> list[Middleware]:
    if not settings.allowed_origins:
        return []
    options: dict[str, Any] = {
        "allow_origins": list(settings.allowed_origins),
        "allow_methods": ["GET", "POST"],
        "allow_headers": ["Authorization", "Content-Type", "Idempotency-Key", "Last-Event-ID"],
        "expose_headers": ["Retry-After"],
        "max_age": 600,
    }
    return [Middleware(CORSMiddleware, **options)]
