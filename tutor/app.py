"""The server: `serve` runs it; `uvicorn --factory tutor.app:make` makes the same app from the environment."""

from __future__ import annotations

import asyncio
import errno
import logging
import math
import socket
from collections.abc import Awaitable, Callable

import uvicorn
from fastapi import FastAPI

from tutor.api.app import make_app
from tutor.config import Settings, read_settings
from tutor.errors import ConfigurationError
from tutor.wiring.compose import open_tutor

log = logging.getLogger(__name__)

_CLOSING_SECONDS = 10.0
"""How long connections may stay open after the last turn was to end."""


def make() -> FastAPI:
    """The app by the settings of this process; raises ConfigurationError."""
    return app_for(read_settings())


def app_for(settings: Settings) -> FastAPI:
    """The app by given settings. Raises ConfigurationError when others could call it and there is no key."""
    _check_key(settings)
    return make_app(open_tutor(settings, serving=True), settings)


def _check_key(settings: Settings) -> None:
    if not settings.is_local and settings.api_key is None:
        raise ConfigurationError(
            f"TUTOR_API_KEY is not set, and on {settings.host} others could ask: "
            "make one with `course-tutor keys new` and set it, or listen on 127.0.0.1."
        )


def serve(settings: Settings, listening: Callable[[str], None] = lambda url: None) -> None:
    """Serve until told to stop; `listening` is told the URL once connections are taken.

    Raises ConfigurationError when others could call it and there is no key, or the address cannot be listened on.
    """
    _check_key(settings)
    with _listening(settings.host, settings.port) as listener:
        tutor = open_tutor(settings, serving=True)
        config = uvicorn.Config(
            make_app(tutor, settings),
            log_config=None,
            # Questions stand in the addresses of the page.
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=math.ceil(settings.drain_seconds + _CLOSING_SECONDS),
        )
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        url = f"http://{host}:{listener.getsockname()[1]}"
        log.info("listening on %s", url)
        listening(url)
        DrainingServer(config, lambda: tutor.producers.drain(settings.drain_seconds)).run(sockets=[listener])


class DrainingServer(uvicorn.Server):
    """A server that, told to stop, has `drain` end what its open connections wait for, while it waits for those.

    The app's own end comes only after the connections have closed, which is too late for them.
    """

    def __init__(self, config: uvicorn.Config, drain: Callable[[], Awaitable[None]]) -> None:
        super().__init__(config)
        self._drain = drain

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Drain and close; a second signal ends it at once."""
        draining = asyncio.ensure_future(self._drain())
        await super().shutdown(sockets)
        draining.cancel()


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    # A host that no name can be is a UnicodeError.
    except (OSError, UnicodeError) as error:
        is_taken = isinstance(error, OSError) and error.errno == errno.EADDRINUSE
        hint = "another server is running there; choose another --port." if is_taken else str(error)
        raise ConfigurationError(f"{host}:{port} cannot be listened on: {hint}") from error
