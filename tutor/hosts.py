"""Web sites, named by their origin: https://www.rfc-editor.org/rfc/rfc6454"""

from __future__ import annotations

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

_HOST = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*")
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
