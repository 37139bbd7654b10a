"""The files that pages load, and the loader that other sites load."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from tutor.api.pages.assets import assets

router = APIRouter(include_in_schema=False)

LOADER = "loader/loader.js"
# A new version reaches every site within minutes.
_SOON = "public, max-age=300"


@router.api_route("/assets/{digest}/{path:path}", methods=["GET", "HEAD"])
async def asset(request: Request, digest: str, path: str) -> Response:
    """A file below the pages' folders."""
    found = assets().response(path, request.headers, digest)
    if found is None:
        raise HTTPException(404)
    return found


@router.api_route("/loader.js", methods=["GET", "HEAD"])
async def loader(request: Request) -> Response:
    """What a course's site includes."""
    if LOADER not in assets():
        raise HTTPException(404)
    return assets()[LOADER].response(request.headers, _SOON)
