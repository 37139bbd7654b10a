"""What Prometheus reads: requests by route and status, their time, and what the tutor counted."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tutor.courses.tutor import Tutor
from tutor.errors import TutorError
from tutor.monitoring.alarms import ALARMS, RECENT

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_KNOWN_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Metrics:
    """A registry of its own: two apps in one process do not mix."""

    def __init__(self, tutor: Tutor) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "tutor_requests", "Requests by route and status.", ("method", "route", "status"), registry=self._registry
        )
        self._seconds = Histogram(
            "tutor_request_seconds", "Time to answer.", ("route",), registry=self._registry, buckets=_SECONDS
        )
        self._registry.register(_Tallied(tutor))

    def text(self) -> bytes:
        """All of it in Prometheus's text format."""
        return generate_latest(self._registry)

    def saw(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answered request."""
        method = method if method in _KNOWN_METHODS else "other"
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)


class Observed:
    """ASGI middleware that counts requests; a route is named by its template, so ids do not become labels."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        began, status = time.monotonic(), 500

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            return await self._app(scope, receive, sending)
        finally:
            route = getattr(scope.get("route"), "path", "none")
            self._metrics.saw(scope["method"], route, status, time.monotonic() - began)


class _Tallied(Collector):
    """What the tutor counted, as Prometheus's families."""

    def __init__(self, tutor: Tutor) -> None:
        self._tutor = tutor

    def collect(self) -> Iterator[Metric]:
        """The families."""
        counters = self._tutor.counters
        for name, about, labels in (
            ("turns", "Answered questions by the state they ended in.", ("state", "answerer")),
            ("fallbacks", "Times that something was served another way, by course and reason.", ("course", "reason")),
            ("feedback", "Ratings by readers.", ("rating",)),
            ("deliveries", "Attempts to send follow-ups by channel and outcome.", ("channel", "outcome")),
        ):
            family = CounterMetricFamily(f"tutor_{name}", about, labels=labels)
            for values, count in counters.of(name).items():
                family.add_metric(values, count)
            yield family
        yield from self._deliveries()
        degraded = GaugeMetricFamily("tutor_degraded", "1 for a course that a fallback serves now.", labels=("course",))
        for course in self._tutor.degraded():
            degraded.add_metric((course,), 1)
        yield degraded
        alarms = self._tutor.alarms
        share = GaugeMetricFamily("tutor_answered_share", f"Of the last {RECENT} turns, the share that was answered.")
        if alarms.share is not None:
            share.add_metric((), alarms.share)
        yield share
        alarm = GaugeMetricFamily("tutor_alarm", "1 while something is wrong with that share.", labels=("alarm",))
        for name in ALARMS:
            alarm.add_metric((name,), name in alarms.raised)
        yield alarm

    def _deliveries(self) -> Iterator[Metric]:
        family = GaugeMetricFamily(
            "tutor_outbox", "Deliveries of follow-ups by channel and state.", labels=("channel", "state")
        )
        # Without the database there are other figures all the same.
        with suppress(TutorError):
            for values, count in self._tutor.desk.counts().items():
                family.add_metric(values, count)
        yield family
