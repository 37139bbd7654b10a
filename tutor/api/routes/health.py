"""Whether the server lives, and whether it can be asked."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import JSONResponse, Response

from tutor import __version__
from tutor.api.context import Given
from tutor.api.problems import responses
from tutor.api.shapes.health import HealthShape, ReadinessShape

router = APIRouter(tags=["health"])


@router.get("/healthz", summary="Does the process answer?", operation_id="health")
async def health() -> HealthShape:
    """Always `ok`; open to all."""
    return HealthShape(version=__version__)


@router.get(
    "/readyz",
    summary="Can every published course be asked?",
    operation_id="readiness",
    response_model=ReadinessShape,
    responses={503: {"model": ReadinessShape, "description": "Not yet"}},
)
async def readiness(given: Given) -> Response:
    """200 when every published course is loaded, else 503 with the ones that are not; open to all."""
    waiting = await given.health.run(given.tutor.waiting)
    alarms = list(given.tutor.alarms.raised.values())
    shape = ReadinessShape(ready=not waiting, waiting=waiting, degraded=given.tutor.degraded(), alarms=alarms)
    headers = {"Retry-After": "1"} if waiting else None
    return JSONResponse(shape.model_dump(), 503 if waiting else 200, headers)


@router.get(
    "/metrics",
    summary="Figures for Prometheus",
    operation_id="metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}, **responses(401)},
)
async def metrics(given: Given) -> Response:
    """Requests, times, turns and fallbacks since the start, in Prometheus's text format."""
    return Response(await given.health.run(given.metrics.text), media_type="text/plain; version=0.0.4; charset=utf-8")
