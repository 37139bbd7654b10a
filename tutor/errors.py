"""Everything that can go wrong, named by what the person can do about it.

TutorError              code, and a message fit for the person who sees it
├─ InvalidRequest       theirs to fix
│  └─ InvalidField      and the message is about one field
├─ NotFound
├─ Forbidden
├─ TransientError       try again
│  ├─ RateLimited
│  ├─ BudgetSpent       a cap on what models may cost is reached
│  ├─ Overloaded
│  ├─ UpstreamUnavailable
│  ├─ BeingPrepared     the course has no published index yet
│  └─ TimedOut
└─ PermanentError       no retry helps
   ├─ LessonUnreadable  a source file that cannot become a lesson
   ├─ ProviderRejected
   ├─ IndexMismatch     the index was built with another embedding model or dimension
   └─ ConfigurationError
"""

from __future__ import annotations


class TutorError(Exception):
    """Base of all errors; `code` is stable and machine-readable, `str(error)` is for people."""

    code = "error"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class InvalidRequest(TutorError):
    """The caller's request cannot be served as it is; the message says what to change."""

    code = "invalid_request"


class InvalidField(InvalidRequest):
    """One field of what was sent is wrong; `field` is its name."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class NotFound(TutorError):
    """There is nothing under that name."""

    code = "not_found"


class Forbidden(TutorError):
    """The caller may not do this."""

    code = "forbidden"


class TransientError(TutorError):
    """The same call may succeed later; `retry_after_seconds` says when, if known."""

    code = "try_again"

    def __init__(self, message: str, retry_after_seconds: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class RateLimited(TransientError):
    """Too many calls."""

    code = "rate_limited"


class BudgetSpent(TransientError):
    """A cap on what models may cost is reached; the message names it."""

    code = "budget_spent"


class Overloaded(TransientError):
    """The server has no room for this call now."""

    code = "overloaded"


class UpstreamUnavailable(TransientError):
    """A service that the tutor calls does not answer."""

    code = "upstream_unavailable"


class BeingPrepared(TransientError):
    """The course exists, and its first index is still being built."""

    code = "being_prepared"


class TimedOut(TransientError):
    """No answer within the deadline."""

    code = "timed_out"


class PermanentError(TutorError):
    """No retry will help."""

    code = "permanent"


class LessonUnreadable(PermanentError):
    """A source file that cannot become a lesson; the message is the reason, without the file's name."""

    code = "lesson_unreadable"


class ProviderRejected(PermanentError):
    """A service refused the request for good: wrong key, unknown model, request too large."""

    code = "provider_rejected"


class IndexMismatch(PermanentError):
    """The index was built with another embedding model or dimension than is configured."""

    code = "index_mismatch"


class ConfigurationError(PermanentError):
    """A setting is missing or wrong; the message names it and what to do."""

    code = "configuration"
