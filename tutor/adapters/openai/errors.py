"""What the openai library raises → what the tutor's callers can do about it."""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime
from json import JSONDecodeError

import httpx2
import openai

from tutor.errors import ProviderRejected, RateLimited, TimedOut, TransientError, TutorError, UpstreamUnavailable

# What a call may raise: the library's own errors, bad JSON (raised bare), and, while a body is being read,
# its HTTP library's.
OPENAI_FAILURES = (openai.OpenAIError, openai.InvalidWebhookSignatureError, JSONDecodeError, httpx2.HTTPError)

# No retry brings these back, though their status is the one for "slow down".
_SPENT = frozenset({"insufficient_quota", "billing_hard_limit_reached"})


def translated(error: Exception) -> TutorError:
    """The tutor's error for one of the library's; raise it `from` the original.

    Its message is for the people who run the tutor; it carries nothing of the request.
    """
    match error:
        case openai.APITimeoutError() | httpx2.TimeoutException():
            return TimedOut("The model service did not answer in time.")
        case openai.APIConnectionError() | httpx2.HTTPError():
            return UpstreamUnavailable("The model service cannot be reached.")
        case openai.RateLimitError() if error.code in _SPENT or error.type in _SPENT:
            return ProviderRejected("The account at the model service has no credit left.")
        case openai.APIStatusError():
            return _status(error)
        case openai.ContentFilterFinishReasonError():
            return ProviderRejected("The model service's content filter refused the request.")
        case openai.APIResponseValidationError() | JSONDecodeError():
            return ProviderRejected("The model service's answer was not what the API promises.")
        case openai.WebSocketConnectionClosedError():
            return UpstreamUnavailable("The model service closed the connection.")
        case _:
            return ProviderRejected(f"The model service could not be used ({type(error).__name__}).")


def _status(error: openai.APIStatusError) -> TutorError:
    status = error.response.status_code
    wait = retry_after_seconds(error.response.headers)
    kind: type[TransientError]
    match status:
        case 429:
            kind, message = RateLimited, "The model service is receiving too many requests."
        case 408:
            kind, message = TimedOut, "The model service did not answer in time."
        case 409 | 425:
            kind, message = UpstreamUnavailable, "The model service is not ready for the request."
        case _ if status >= 500:
            kind, message = UpstreamUnavailable, f"The model service failed (status {status})."
        case 401 | 403:
            return ProviderRejected("The model service refused the key; check OPENAI_API_KEY.")
        case 404:
            return ProviderRejected("The model service does not know the model or the address; check both settings.")
        case _:
            return ProviderRejected(f"The model service refused the request (status {status}).")
    return kind(message, retry_after_seconds=wait)


def retry_after_seconds(headers: httpx2.Headers) -> float | None:
    """How long the service asks to wait, from `Retry-After-Ms` or `Retry-After` (seconds or a date)."""
    try:
        if (milliseconds := headers.get("retry-after-ms")) is not None:
            return max(0.0, float(milliseconds) / 1000)
        if (value := headers.get("retry-after")) is None:
            return None
        if value.strip()[:1].isdigit():
            return max(0.0, float(value))
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except (ValueError, OverflowError):
        return None
