"""Hosts by name, and web sites by their origin: https://www.rfc-editor.org/rfc/rfc6454"""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import ip_address
from urllib.parse import urlsplit

_HOST = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_MAX_HOST_CHARACTERS = 253
_PORTS = {"http": 80, "https": 443}


def origin(text: str) -> str:
    """The origin that `text` is, as browsers write it: in small letters, without the port that needs no saying.

    Raises ValueError when it is not the origin of one site: a path, a pattern, another scheme.
    """
    wrong = ValueError(f"{text!r} is no origin; write it like https://school.example, without a path")
    scheme, separator, rest = text.partition("://")
    scheme = scheme.lower()
    # Python's own reading would drop line breaks without a word.
    if scheme not in _PORTS or not separator or rest.split() != [rest] or set(rest) & set("/?#*@\\%"):
        raise wrong
    try:
        parts = urlsplit(f"{scheme}://{rest}")
        host, port = _host(parts.hostname or ""), parts.port
    except ValueError:
        raise wrong from None
    if not host or rest.endswith(":"):
        raise wrong
    return f"{scheme}://{host}" if port in (None, _PORTS[scheme]) else f"{scheme}://{host}:{port}"


def _host(name: str) -> str:
    """The name in ASCII, or an address; empty when it is neither."""
    if ":" in name:
        return f"[{ip_address(name)}]"
    ascii_name = name.encode("idna").decode("ascii").lower() if not name.isascii() else name
    if not _HOST.fullmatch(ascii_name):
        return ""
    if ascii_name.rsplit(".", 1)[-1].isdigit():
        ip_address(ascii_name)
    return ascii_name


def allows_host(allowed_hosts: Iterable[str], host: str) -> bool:
    """Whether links may lead to `host`; `*.example.org` allows every host below example.org, but not it itself."""
    name = host_name(host)
    return bool(name) and any(
        name.endswith(allowed[1:]) if allowed.startswith("*.") else name == allowed for allowed in allowed_hosts
    )


def host_name(host: str) -> str:
    """`host` in small letters, without a last dot, other scripts as in DNS (`xn--…`); empty when it is none.

    An address of numbers is none: it does not tell whom it leads to.
    """
    try:
        name = host.removesuffix(".").encode("idna").decode("ascii").lower()
    except UnicodeError:
        return ""
    labels = name.split(".")
    if len(name) > _MAX_HOST_CHARACTERS or labels[-1].isdigit() or not all(map(_LABEL.fullmatch, labels)):
        return ""
    return name


def is_loopback(host: str) -> bool:
    """Whether an address belongs to this machine alone."""
    if host == "localhost":
        return True
    try:
        address = ip_address(host.strip("[]"))
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)
