"""The files that pages load: scripts, styles and words, read once, packed once, kept for good by browsers."""

from __future__ import annotations

import base64
import gzip
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Self

from starlette.datastructures import Headers
from starlette.responses import Response

from tutor.resources import web_directory

TYPES: Mapping[str, str] = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".woff2": "font/woff2",
}
_FOLDERS = ("panel", "reader", "shared", "loader", "instructor")
_COMMENT = re.compile(
    rb"^[ \t]*/\*(?:(?!\*/)[\s\S])*\*/[ \t]*\n|^[ \t]*//[^\n]*\n|/\*\* @type (?:(?!\*/)[^\n])*\*/ ?", re.MULTILINE
)
_FOR_GOOD = "public, max-age=31536000, immutable"
# A host's page may be of another site, and a module's script is always asked for across origins.
_ANYWHERE = {"Cross-Origin-Resource-Policy": "cross-origin", "Access-Control-Allow-Origin": "*"}


@dataclass(frozen=True)
class Asset:
    """One file; `body` as it lies there."""

    body: bytes
    media_type: str

    @cached_property
    def packed(self) -> bytes:
        """The body as gzip; the same bytes give the same bytes."""
        return gzip.compress(self.body, 9, mtime=0)

    @cached_property
    def integrity(self) -> str:
        """What an `integrity` attribute says of it."""
        return "sha384-" + base64.b64encode(hashlib.sha384(self.body).digest()).decode()

    @cached_property
    def etag(self) -> str:
        """Weak, because the packed body has it too."""
        return f'W/"{hashlib.sha256(self.body).hexdigest()[:24]}"'

    def response(self, headers: Headers, cache: str) -> Response:
        """The answer to a request with these headers, kept as `cache` says; packed where that is understood."""
        given = {"Cache-Control": cache, "ETag": self.etag, "Vary": "Accept-Encoding", **_ANYWHERE}
        if self.etag in (tag.strip() for tag in headers.get("if-none-match", "").split(",")):
            return Response(None, 304, given)
        if takes_gzip(headers.get("accept-encoding", "")) and len(self.packed) < len(self.body):
            return Response(self.packed, 200, {**given, "Content-Encoding": "gzip"}, self.media_type)
        return Response(self.body, 200, given, self.media_type)


class Assets:
    """The files of the pages' folders by path, as `panel/panel.js`; tests and templates are not among them."""

    def __init__(self, files: Mapping[str, Asset]) -> None:
        self._files = dict(files)
        digest = hashlib.sha256()
        for path, asset in sorted(self._files.items()):
            digest.update(path.encode() + b"\0" + hashlib.sha256(asset.body).digest())
        self.digest = digest.hexdigest()[:12]
        """A name of the state that all files are in together."""

    @classmethod
    def of(cls, folder: Path) -> Self:
        """The files below a folder such as `web_directory()`."""
        files = {
            path.relative_to(folder).as_posix(): Asset(_lean(path), TYPES[path.suffix])
            for name in _FOLDERS
            for path in sorted((folder / name).rglob("*"))
            if path.suffix in TYPES and not path.name.endswith(".test.js") and path.is_file()
        }
        return cls(files)

    def __getitem__(self, path: str) -> Asset:
        """A file; raises KeyError."""
        return self._files[path]

    def __contains__(self, path: str) -> bool:
        return path in self._files

    def url(self, path: str) -> str:
        """Where a file is served, under the name of its state; raises KeyError."""
        if path not in self._files:
            raise KeyError(path)
        return f"/assets/{self.digest}/{path}"

    def response(self, path: str, headers: Headers, digest: str) -> Response | None:
        """The answer to a request for a file, or None; it is kept for good only under its own digest.

        A page that another version of the server made is given what there is now: better than nothing.
        """
        asset = self._files.get(path)
        if asset is None:
            return None
        return asset.response(headers, _FOR_GOOD if digest == self.digest else "no-store")


@lru_cache(maxsize=1)
def assets() -> Assets:
    """The files of this version's pages."""
    return Assets.of(web_directory())


def _lean(path: Path) -> bytes:
    """A file as a browser needs it: a quarter of a packed script are the types and reasons in its comments.

    Those on lines of their own, and casts, which stand in no text of ours; a comment is never crossed to a later end.
    """
    body = path.read_bytes()
    return _COMMENT.sub(b"", body) if path.suffix == ".js" else body


def takes_gzip(accepted: str) -> bool:
    """Whether an Accept-Encoding header allows gzip."""
    for item in accepted.lower().split(","):
        name, _, weight = item.partition(";")
        if name.strip() in ("gzip", "*"):
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False
