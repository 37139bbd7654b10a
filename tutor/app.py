"""The server: `serve` runs it; `uvicorn --factory tutor.app:make` makes the same app from the environment."""

from __future__ import annotations

import errno
import logging
import socket
from collections.abc import Callable

import uvicorn
from fastapi import FastAPI

from tutor.api.app import make_app
from tutor.config import Settings, read_settings
from tutor.errors import ConfigurationError
from tutor.wiring import open_tutor

log = logging.getLogger(__name__)

_DRAIN_SECONDS = 10


def make() -> FastAPI:
    """The app by the settings of this process; raises ConfigurationError."""
    return app_for(read_settings())


def app_for(settings: Settings) -> FastAPI:
    """The app by given settings. Raises ConfigurationError when others could call it and there is no key."""
    if not settings.is_local and settings.api_key is None:
        raise ConfigurationError(
            f"TUTOR_API_KEY is not set, and on {settings.host} others could ask: "
            "make one with `course-tutor keys new` and set it, or listen on 127.0.0.1."
        )
    return make_app(open_tutor(settings, serving=True), settings)


def serve(settings: Settings, listening: Callable[[str], None] = lambda url: None) -> None:
    """Serve until told to stop; `listening` is told the URL once connections are taken.

    Raises ConfigurationError when the address cannot be listened on.
    """
    with _listening(settings.host, settings.port) as listener:
        config = uvicorn.Config(
            app_for(settings),
            log_config=None,
            # Questions stand in the addresses of the page.
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=_DRAIN_SECONDS,
        )
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        url = f"http://{host}:{listener.getsockname()[1]}"
        log.info("listening on %s", url)
        listening(url)
        uvicorn.Server(config).run(sockets=[listener])


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        hint = (
            "another server is running there; choose another --port." if error.errno == errno.EADDRINUSE else str(error)
        )
        raise ConfigurationError(f"{host}:{port} cannot be listened on: {hint}") from error
