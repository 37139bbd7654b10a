"""What the chromadb library raises → what the tutor's callers can do about it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from chromadb import errors

from tutor.errors import (
    ConfigurationError,
    IndexMismatch,
    NotFound,
    PermanentError,
    RateLimited,
    TimedOut,
    TutorError,
    UpstreamUnavailable,
)


def translated(error: BaseException) -> TutorError:
    """The tutor's error for one of the library's; raise it `from` the original."""
    match error:
        case errors.NotFoundError():
            return NotFound("The index is not there.")
        case errors.InvalidDimensionException():
            return IndexMismatch("The index was built with another embedding model.")
        case errors.RateLimitError():
            return RateLimited("The index is receiving too many requests.")
        case errors.ChromaAuthError() | errors.AuthorizationError():
            return ConfigurationError("The Chroma server refused the tutor; check its address and credentials.")
        case errors.VersionMismatchError() | errors.InvalidHTTPVersion():
            return ConfigurationError("The Chroma server speaks another version than this tutor.")
        case errors.InternalError():
            return UpstreamUnavailable("The index failed; it may be damaged.")
        case errors.ChromaError():
            return PermanentError(f"The index refused the request ({type(error).__name__}).")
        case httpx.TimeoutException() | TimeoutError():
            return TimedOut("The index did not answer in time.")
        case httpx.HTTPError():
            return UpstreamUnavailable("The Chroma server cannot be reached.")
        case _:
            # The library also raises bare Exception, ValueError, KeyError and, once closed, AttributeError.
            return UpstreamUnavailable(f"The index could not be used ({type(error).__name__}).")


@contextmanager
def translating() -> Iterator[None]:
    """Within this, everything the library raises arrives as the tutor's error."""
    try:
        yield
    except TutorError:
        raise
    except Exception as error:
        raise translated(error) from error
    except BaseException as error:
        # A panic of the library's Rust half is no Exception, and must not end the server.
        if type(error).__name__ != "PanicException":
            raise
        raise translated(error) from error
