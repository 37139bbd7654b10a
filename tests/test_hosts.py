"""Origins as people write them, and all that is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutor import hosts
from tutor.hosts import allows_host, host_name, is_loopback


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


@pytest.mark.parametrize(
    "host", ["example.org", "EXAMPLE.org", "example.org.", "a.docs.example.net", "docs.example.net"]
)
def test_hosts_that_are_named_or_below_a_named_one_are_allowed(host: str) -> None:
    assert allows_host(["example.org", "*.example.net"], host)


@pytest.mark.parametrize(
    "host",
    [
        "",
        "www.example.org",
        "example.net",
        "evilexample.net",
        "example.org.evil.example",
        "ex\u0430mple.org",
        "*.example.net",
    ],
)
def test_other_hosts_are_not_allowed(host: str) -> None:
    assert not allows_host(["example.org", "*.example.net"], host)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "[::1]", "a b.example", "-a.example", "a..example", "a" * 64, "a." * 150]
)
def test_what_is_no_name_is_no_host(host: str) -> None:
    assert host_name(host) == ""


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("[::1]", True),
        ("::ffff:127.0.0.1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("10.0.0.1", False),
        ("localhost.example.org", False),
        ("", False),
    ],
)
def test_only_this_machines_own_addresses_are_local(host: str, local: bool) -> None:
    assert is_loopback(host) is local
