"""Tokens of sessions: what they say, how long, and that nobody else can make one."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.clock import Clock
from tutor.auth.sessions import SESSION_SECONDS, Sessions, is_session
from tutor.auth.signing_keys import SigningKey


class Keys:
    """A store of keys in memory that counts how often it is read."""

    def __init__(self) -> None:
        self.kept = [SigningKey("k1", b"s" * 32)]
        self.reads = 0

    def signing_keys(self) -> tuple[SigningKey, ...]:
        """The keys, newest first."""
        self.reads += 1
        return tuple(reversed(self.kept))

    def add_signing_key(self) -> SigningKey:
        """One more key."""
        self.kept.append(SigningKey(f"k{len(self.kept) + 1}", b"t" * 32))
        return self.kept[-1]


def test_a_token_says_whose_it_is_until_when() -> None:
    clock = Clock(1_900_000_000.0)
    sessions = Sessions(Keys(), clock)
    session, token = sessions.begin("networks")
    assert is_session(token)
    assert sessions.read(token) == session
    assert (session.course, session.expires_at) == (
        "networks",
        datetime.fromtimestamp(clock.now + SESSION_SECONDS, UTC),
    )
    clock.now += SESSION_SECONDS - 1
    assert sessions.read(token) == session
    clock.now += 1
    assert sessions.read(token) is None


def test_students_are_never_the_same() -> None:
    sessions = Sessions(Keys())
    assert len({sessions.begin("networks")[0].student for _ in range(200)}) == 200


def test_another_server_of_the_same_keys_reads_it_when_it_has_looked() -> None:
    keys = Keys()
    session, token = Sessions(keys).begin("networks")
    other = Sessions(keys)
    assert not other.is_current(token)
    other.look_for(token)
    assert other.is_current(token)
    assert other.read(token) == session


def test_a_new_key_signs_and_the_old_one_is_believed_until_it_is_gone() -> None:
    keys = Keys()
    sessions = Sessions(keys)
    old, old_token = sessions.begin("networks")
    keys.add_signing_key()
    new, new_token = sessions.begin("networks")
    assert new_token.split(".")[1] == "k2"
    assert (sessions.read(old_token), sessions.read(new_token)) == (old, new)
    del keys.kept[0]
    later = Sessions(keys)
    later.look_for(old_token)
    assert (later.read(old_token), later.read(new_token)) == (None, new)


def test_made_up_keys_do_not_have_the_store_read_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    keys, clock = Keys(), Clock(1_900_000_000.0)
    monkeypatch.setattr("tutor.auth.sessions.time.monotonic", clock)
    sessions = Sessions(keys)
    for number in range(100):
        token = f"ct1.made-up-{number}.e30.e30"
        if not sessions.is_current(token):
            sessions.look_for(token)
        assert sessions.read(token) is None
    assert keys.reads == 1
    clock.now += 2
    assert not sessions.is_current("ct1.other.e30.e30")


def test_a_key_that_was_deleted_is_forgotten_within_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    keys, clock = Keys(), Clock(1_900_000_000.0)
    monkeypatch.setattr("tutor.auth.sessions.time.monotonic", clock)
    sessions = Sessions(keys)
    _, token = sessions.begin("networks")
    keys.add_signing_key()
    del keys.kept[0]
    assert sessions.is_current(token)
    clock.now += 61
    assert not sessions.is_current(token)
    sessions.look_for(token)
    assert sessions.read(token) is None


def _changed_claims(token: str) -> str:
    start, key, claims, signature = token.split(".")
    said = base64.urlsafe_b64decode(claims + "==").replace(b"networks", b"security")
    return ".".join([start, key, base64.urlsafe_b64encode(said).decode().rstrip("="), signature])


@pytest.mark.parametrize(
    "change",
    [
        _changed_claims,
        lambda token: token[:-1],
        lambda token: token + "A",
        lambda token: token + "=",
        lambda token: token.rpartition(".")[0] + ".",
        lambda token: token.replace("k1", "k2", 1),
        lambda token: token.replace("ct1", "ct2", 1),
        lambda token: token.upper(),
        lambda token: token + "\u00e9",
        lambda token: token * 100,
    ],
)
def test_a_token_that_was_changed_is_nobody_s(change: Callable[[str], str]) -> None:
    sessions = Sessions(Keys())
    _, token = sessions.begin("networks")
    assert sessions.read(change(token)) is None


SESSIONS = Sessions(Keys())
TOKEN = SESSIONS.begin("networks")[1]


@given(st.text(max_size=60))
def test_what_anyone_makes_up_is_nobody_s(rest: str) -> None:
    assert SESSIONS.read(rest) is None
    assert SESSIONS.read(f"ct1.k1.{rest}") is None


@given(st.integers(0, len(TOKEN) - 1), st.characters(min_codepoint=32, max_codepoint=126))
def test_no_sign_of_a_token_can_be_another(place: int, sign: str) -> None:
    changed = TOKEN[:place] + sign + TOKEN[place + 1 :]
    assert changed == TOKEN or SESSIONS.read(changed) is None


def test_a_key_does_not_tell_its_secret_in_a_log() -> None:
    assert "ssss" not in repr(Keys().kept[0])
