"""Origins as people write them, and all that is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutor import hosts


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("https://school.example", "https://school.example"),
        ("HTTPS://School.Example", "https://school.example"),
        ("https://school.example:443", "https://school.example"),
        ("http://school.example:80", "http://school.example"),
        ("http://school.example:443", "http://school.example:443"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
        ("http://192.168.1.5:8080", "http://192.168.1.5:8080"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_an_origin_is_kept_as_browsers_write_it(text: str, origin: str) -> None:
    assert hosts.origin(text) == origin
    assert hosts.origin(origin) == origin


@pytest.mark.parametrize(
    "text",
    [
        "", "*", "null", "school.example", "//school.example", "ftp://school.example", "https://", "https:///",
        "https://school.example/", "https://school.example/a", "https://school.example?a", "https://school.example#a",
        "https://*.school.example", "https://user@school.example", "https://school.example:", "https://school.example:x",
        "https://school.example:99999", "https://1.2.3", "https://a b", "https://a\n", "https://a; script-src *",
        "https://a,b", "https://'self'", "https://%61", "javascript://a", "https://[::1", "https://.a", "https://-a",
    ],
)  # fmt: skip
def test_what_is_no_origin_of_one_site_is_refused_with_what_to_write(text: str) -> None:
    with pytest.raises(ValueError, match="is no origin; write it like https://school"):
        hosts.origin(text)


@given(st.text(max_size=30))
def test_nothing_that_a_policy_would_read_otherwise_comes_through(rest: str) -> None:
    try:
        origin = hosts.origin(f"https://{rest}")
    except ValueError:
        return
    assert set(origin.removeprefix("https://")) <= set("abcdefghijklmnopqrstuvwxyz0123456789.-:[]")
