"""The bytes of a chat server's stream, read into text and its end."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutor.adapters.openai.stream import ChatStreamParser
from tutor.errors import ProviderRejected, RateLimited, UpstreamUnavailable
from tutor.llm.messages import FinishReason


def event(delta: dict[str, Any], reason: str | None = None, *, ascii_only: bool = False, end: str = "\n") -> bytes:
    chunk = {"choices": [{"index": 0, "delta": delta, "finish_reason": reason}]}
    return f"data: {json.dumps(chunk, ensure_ascii=ascii_only)}{end}{end}".encode()


USAGE = b'data: {"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 2}}\n\n'
DONE = b"data: [DONE]\n\n"


def read(*received: bytes) -> tuple[str, ChatStreamParser]:
    stream = ChatStreamParser()
    return "".join(piece for data in received for piece in stream.read(data)), stream


@given(
    st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=8), min_size=1, max_size=4),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
    st.data(),
)
def test_any_split_of_the_bytes_gives_the_same(
    words: list[str], end: str, ascii_only: bool, data: st.DataObject
) -> None:
    events = [event({"content": word}, ascii_only=ascii_only, end=end) for word in words]
    whole = b": hello\n\n" + b"".join(events) + event({}, "stop") + USAGE + DONE
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=12)))
    parts = [whole[start:stop] for start, stop in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    text, stream = read(*parts)
    assert text == "".join(words)
    assert (stream.reason, stream.is_done, stream.is_within_event) == (FinishReason.STOP, True, False)
    assert (stream.prompt_tokens, stream.completion_tokens) == (3, 2)


def test_an_event_without_its_blank_line_is_not_read() -> None:
    text, stream = read(event({"content": "a"}), event({"content": "b"})[:-1])
    assert text == "a"
    assert stream.is_within_event


def test_halves_of_a_pair_that_come_apart_are_joined_and_lone_ones_replaced() -> None:
    parts = [event({"content": half}, ascii_only=True) for half in ("a\ud83d", "\ude00b", "\ud83d", "c", "\ude00")]
    assert read(*parts)[0] == "a😀b\ufffdc\ufffd"


def test_nothing_is_said_after_the_reason_nor_with_a_refusal() -> None:
    assert read(event({"content": "a"}, "stop"), event({"content": "b"}))[0] == "a"
    text, stream = read(event({"content": "x", "refusal": "I will not"}), event({"content": "b"}, "stop"))
    assert text == ""
    assert stream.reason is FinishReason.REFUSAL


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("stop", FinishReason.STOP),
        ("eos_token", FinishReason.STOP),
        ("length", FinishReason.LENGTH),
        ("content_filter", FinishReason.FILTER),
        ("error", FinishReason.CUT),
        ("what\nis this?", FinishReason.CUT),
    ],
)
def test_reasons_are_known_by_several_words(reason: str, expected: FinishReason) -> None:
    assert read(event({}, reason))[1].reason is expected


@pytest.mark.parametrize(
    "data",
    [
        b"data: {\n\n",
        b"data: []\n\n",
        b"data: 7\n\n",
        b'data: {"choices": [7]}\n\n',
        b'data: {"choices": [{"delta": "text"}]}\n\n',
        b'data: {"choices": [], "usage": "much"}\n\n',
        b'data: {"choices": [{"delta": {}, "finish_reason": {"a": 1}}]}\n\n',
        b"data: \xff\xfe\xff\n\n",
        b"data: " + b"[" * 100_000 + b"\n\n",
        b"data: " + b"x" * 1_100_000,
        b"data: x\n" * 200_000,
    ],
    ids=lambda data: str(data[:40]),
)
def test_what_is_no_event_is_refused(data: bytes) -> None:
    with pytest.raises(UpstreamUnavailable):
        read(data)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ({"message": "SECRET", "code": "server_error"}, UpstreamUnavailable),
        ({"message": "SECRET", "type": "overloaded_error"}, UpstreamUnavailable),
        ({"message": "SECRET", "code": 429}, RateLimited),
        ({"message": "SECRET", "code": "insufficient_quota"}, ProviderRejected),
        ({"message": "SECRET", "code": "context_length_exceeded"}, ProviderRejected),
        ({"message": "SECRET", "code": "SECRET words"}, UpstreamUnavailable),
        ("SECRET", UpstreamUnavailable),
    ],
)
def test_an_error_event_is_translated_and_its_words_are_not_passed_on(error: Any, expected: type[Exception]) -> None:
    with pytest.raises(expected) as caught:
        read(f"data: {json.dumps({'error': error})}\n\n".encode())
    assert "SECRET" not in str(caught.value)
