"""What an e-mail address is: https://www.rfc-editor.org/rfc/rfc6531, without quoted local parts."""

from __future__ import annotations

import re
import unicodedata

from tutor.hosts import host_name

_MAX_CHARACTERS, _MAX_LOCAL_BYTES = 254, 64
_ATOM = r"[\w!#$%&'*+/=?^`{|}~-]+"
_LOCAL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")


def email_address(text: str, *, dotted: bool = True) -> str:
    """The address as it can be written to, its domain as in DNS. Whether it exists is not checked.

    With `dotted` the host must be one of the internet; a server of one's own may be `localhost`. Raises ValueError that
    says what is wrong.
    """
    # Keyboards for Chinese and Japanese write @ and dots of their own.
    address = unicodedata.normalize("NFKC", text.strip()).replace("。", ".")
    if not address:
        raise ValueError("Write your e-mail address, so that you can be answered.")
    local, at, domain = address.rpartition("@")
    if not at or "@" in local:
        raise ValueError("An e-mail address has one @, as in name@school.example.")
    if not local or not domain:
        raise ValueError(f"Something is missing {'after' if local else 'before'} the @, as in name@school.example.")
    # What begins so would be decoded on its way: https://www.rfc-editor.org/rfc/rfc2047
    is_encoded = "=?" in local
    if is_encoded or len(local.encode("utf-8", "replace")) > _MAX_LOCAL_BYTES or not _LOCAL.fullmatch(local):
        raise ValueError(
            "What stands before the @ cannot be in an e-mail address; look for blanks, commas and dots there."
        )
    host = host_name(domain)
    if not host or (dotted and "." not in host) or any(sign.isspace() for sign in domain):
        raise ValueError(
            f"What stands after the @, {domain[:80]!r}, is no name of a mail server, as school.example is."
        )
    address = f"{local}@{host}"
    if len(address) > _MAX_CHARACTERS:
        raise ValueError(f"The address is too long: an e-mail address has at most {_MAX_CHARACTERS} characters.")
    return address
