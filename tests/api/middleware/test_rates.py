"""Whose address counts as one; how often may be asked, `test_sessions` asks of a server."""

from __future__ import annotations

from typing import Any

import pytest

from tutor.api.middleware.rates import address_of


def counted(client: Any) -> str:
    return address_of({"type": "http", "client": client})


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("10.0.0.1", "10.0.0.2", False),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:10.0.0.1", "10.0.0.1", True),
        ("::ffff:10.0.0.1", "::ffff:10.0.0.2", False),
        ("::1", "::2", True),
    ],
)
def test_who_has_a_network_of_addresses_counts_once(one: str, other: str, same: bool) -> None:
    assert (counted((one, 1)) == counted((other, 2))) is same


def test_behind_a_socket_in_the_file_system_all_are_one() -> None:
    assert counted(None) == counted(("", 0)) == ""
