"""The files that pages load."""

from __future__ import annotations

import base64
import gzip
import hashlib
from pathlib import Path

import pytest

from tests.support.served import Served
from tutor.api.pages.assets import Assets, assets
from tutor.resources import web_directory


def made(folder: Path, files: dict[str, str]) -> Assets:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return Assets.of(folder)


def test_a_file_is_kept_for_good_under_the_digest_of_all(server: Served) -> None:
    answer = server.client.get(assets().url("reader/reader.css"))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert answer.text == (web_directory() / "reader" / "reader.css").read_text()


def test_the_digest_changes_with_any_file_and_with_nothing_else(tmp_path: Path) -> None:
    first = made(tmp_path, {"reader/a.js": "1", "panel/b.css": "2"})
    assert (
        made(tmp_path, {"reader/a.test.js": "x", "reader/templates/a.html": "x", "notes.js": "x"}).digest
        == first.digest
    )
    assert made(tmp_path, {"reader/a.js": "3"}).digest != first.digest
    assert len(first.digest) == 12


def test_a_file_asked_for_under_another_digest_is_not_kept(server: Served) -> None:
    answer = server.client.get("/assets/000000000000/reader/reader.css")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "path",
    [
        "reader/templates/base.html",
        "reader/%2e%2e/reader/reader.css",
        "%2e%2e/%2e%2e/pyproject.toml",
        "..%2f..%2fpyproject.toml",
        "reader%2freader.css%00",
        "/etc/passwd",
        "reader",
        "",
    ],
)
def test_nothing_but_the_files_is_there(server: Served, path: str) -> None:
    assert server.client.get(f"/assets/{assets().digest}/{path}").status_code == 404


def test_who_takes_no_gzip_gets_the_file_itself(server: Served) -> None:
    url = assets().url("shared/tokens.css")
    plain = server.client.get(url, headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.content == assets()["shared/tokens.css"].body
    refused = server.client.get(url, headers={"Accept-Encoding": "br, gzip;q=0"})
    assert "content-encoding" not in refused.headers
    assert refused.headers["vary"] == "Accept-Encoding"


def test_heads_are_told_and_what_is_known_is_not_sent_again(server: Served) -> None:
    url = assets().url("reader/reader.js")
    head = server.client.head(url)
    assert head.status_code == 200
    assert head.content == b""
    assert int(head.headers["content-length"]) == len(gzip.compress(assets()["reader/reader.js"].body, 9, mtime=0))
    again = server.client.get(url, headers={"If-None-Match": f'"x", {head.headers["etag"]}'})
    assert again.status_code == 304


def test_the_loader_is_what_other_sites_may_load_and_soon_ask_for_again(server: Served) -> None:
    answer = server.client.get("/loader.js")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cache-control"] == "public, max-age=300"
    # A module is always asked for across origins, and a host may demand that all it holds agrees to that.
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    again = server.client.get("/loader.js", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304
    digest = base64.b64encode(hashlib.sha384(answer.content).digest()).decode()
    assert assets()["loader/loader.js"].integrity == f"sha384-{digest}"


def test_a_file_that_is_not_there_has_no_address() -> None:
    with pytest.raises(KeyError):
        assets().url("reader/none.js")
