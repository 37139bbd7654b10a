"""The tutor asked with the stock client of OpenAI."""

from __future__ import annotations

import asyncio
import json
import shutil
import threading
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path
from typing import Any

import openai
import pytest
from fastapi import FastAPI
from httpx2 import ASGITransport

from tests.api.conftest import EMBEDDER
from tests.support.logged_turns import NEW, done, piece, produced, texts
from tests.support.loopback_chat import LoopbackChat
from tests.support.served import COURSE, Served, served, settings_for
from tutor.api import openai_problems
from tutor.api.chat_stream import CompletionStream
from tutor.api.problems import add_handlers
from tutor.api.shapes.openai import ChatBody
from tutor.errors import ConfigurationError, Forbidden, InvalidRequest, Overloaded, RateLimited
from tutor.models import Turn, TurnState
from tutor.turns.events import Event, Logged, accepted, restarted

MODEL = f"course:{COURSE}"
QUESTION = "How does a connection end?"
KEY = "a-key-of-some-length"
ASKED: list[Any] = [{"role": "user", "content": QUESTION}]
CHAT = "/v1/chat/completions"


async def scripted(turn: Turn) -> AsyncGenerator[Event]:
    """An answer that ends as the question says, after as many sentences."""
    state, count = turn.question.split()
    events = [piece(text) for text in texts(int(count))]
    if state == "restarted":
        events += [restarted("taken_over"), piece("Anew.")]
    for event in events:
        await asyncio.sleep(0.05 if state == "slow" else 0)
        yield event
    if state == "broken":
        raise RuntimeError("as asked")
    yield done(turn, events, TurnState(state) if state in tuple(TurnState) else TurnState.DONE)


def copied(published: Path, tmp_path: Path) -> Path:
    """A copy of the data directory."""
    return Path(shutil.copytree(published, tmp_path / "data", ignore=shutil.ignore_patterns("owners", "*.lock")))


@pytest.fixture(scope="module")
def script(published: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server whose answers end as they are told."""
    settings = settings_for(copied(published, tmp_path_factory.mktemp("script")))
    with served(settings, EMBEDDER, produce=scripted) as running:
        yield running


def client_of(server: Served, key: str = "any") -> openai.OpenAI:
    """The stock client, which asks once only."""
    return openai.OpenAI(base_url=f"{server.url}/v1", api_key=key, max_retries=0, timeout=20)


@pytest.fixture
def client(server: Served) -> Iterator[openai.OpenAI]:
    """The stock client."""
    with client_of(server) as made:
        yield made


def spans(content: str, annotations: list[Any]) -> list[str]:
    """What the annotations point at."""
    cited = [item["url_citation"] if isinstance(item, dict) else item.url_citation.model_dump() for item in annotations]
    return [content[item["start_index"] : item["end_index"]] for item in cited]


def test_an_answer_has_the_citations_of_its_turn_as_annotations_and_as_a_list(
    client: openai.OpenAI, server: Served
) -> None:
    answer = client.chat.completions.create(model=MODEL, messages=ASKED)
    extra = answer.model_extra or {}
    turn = server.client.get(f"/api/v1/turns/{extra['turn']}").json()
    (choice,) = answer.choices
    assert (answer.id, answer.object, answer.model) == (f"chatcmpl-{turn['id']}", "chat.completion", MODEL)
    assert (choice.message.role, choice.message.content) == ("assistant", turn["answer"])
    assert (choice.finish_reason, choice.message.refusal) == ("stop", None)
    assert answer.usage is not None
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens == 0
    assert extra["citations"] == turn["citations"] != []
    assert (extra["coverage"], extra["state"], extra["ignored"]) == (turn["coverage"], "done", [])
    annotations = choice.message.annotations or []
    assert spans(turn["answer"], annotations) == [citation["quote"] for citation in turn["citations"]]
    assert {item.type for item in annotations} == {"url_citation"}
    titles = [(item.url_citation.title, item.url_citation.url) for item in annotations]
    assert titles == [(citation["title"], citation["url"]) for citation in turn["citations"]]


def test_a_stream_has_the_same_text_then_the_citations_and_then_the_finish(
    client: openai.OpenAI, server: Served
) -> None:
    stream = client.chat.completions.create(
        model=MODEL, messages=ASKED, stream=True, stream_options={"include_usage": True}
    )
    assert stream.response.headers["content-type"].startswith("text/event-stream")
    assert stream.response.headers["cache-control"] == "no-store"
    assert stream.response.headers["x-accel-buffering"] == "no"
    first, *content, cited, finish, usage = list(stream)
    assert first.choices[0].delta.role == "assistant"
    text = "".join(chunk.choices[0].delta.content or "" for chunk in content)
    extra = cited.model_extra or {}
    turn = server.client.get(f"/api/v1/turns/{extra['turn']}").json()
    assert text == turn["answer"]
    assert extra["citations"] == turn["citations"] != []
    assert cited.choices[0].delta.content is None
    annotations = (cited.choices[0].delta.model_extra or {})["annotations"]
    assert spans(text, annotations) == [citation["quote"] for citation in turn["citations"]]
    assert [chunk.choices[0].finish_reason for chunk in (first, *content, cited, finish)][-2:] == [None, "stop"]
    assert (usage.choices, first.usage) == ([], None)
    assert usage.usage is not None
    assert usage.usage.total_tokens == 0
    assert {chunk.id for chunk in (first, *content, cited, finish, usage)} == {f"chatcmpl-{turn['id']}"}


def test_the_asynchronous_client_is_answered_too(server: Served) -> None:
    async def ask() -> tuple[str | None, str]:
        async with openai.AsyncOpenAI(base_url=f"{server.url}/v1", api_key="any", max_retries=0) as client:
            whole = await client.chat.completions.create(model=MODEL, messages=ASKED)
            stream = await client.chat.completions.create(model=MODEL, messages=ASKED, stream=True)
            pieces = [chunk.choices[0].delta.content or "" async for chunk in stream]
            assert [model.id async for model in client.models.list()] == [MODEL]
            return whole.choices[0].message.content, "".join(pieces)

    whole, streamed = asyncio.run(ask())
    assert whole == streamed != ""


def test_a_stream_ends_as_the_format_says_and_has_no_usage_that_nobody_asked_for(server: Served) -> None:
    body = {"model": MODEL, "messages": ASKED, "stream": True}
    text = server.client.post(CHAT, json=body).text
    assert text.endswith("\n\ndata: [DONE]\n\n")
    lines = [line for line in text.split("\n\n") if not line.startswith(":")]
    chunks = [json.loads(line.removeprefix("data: ")) for line in lines if line not in ("", "data: [DONE]")]
    assert all("usage" not in chunk and len(chunk["choices"]) == 1 for chunk in chunks)


def test_what_the_course_does_not_cover_is_an_ordinary_message(client: openai.OpenAI) -> None:
    asked: list[Any] = [{"role": "user", "content": "Who won the football world cup of 1998?"}]
    answer = client.chat.completions.create(model=MODEL, messages=asked)
    extra = answer.model_extra or {}
    assert (answer.choices[0].finish_reason, extra["state"], extra["citations"]) == ("stop", "refused", [])
    assert extra["coverage"]["decision"] == "not_covered"
    assert answer.choices[0].message.content


def test_earlier_messages_are_the_history_of_a_follow_up(client: openai.OpenAI, server: Served) -> None:
    first = client.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": "What is TCP?"}])
    messages: list[Any] = [
        {"role": "user", "content": [{"type": "text", "text": "What is TCP?"}]},
        # As the client gave it, with everything that is in it.
        first.choices[0].message,
        {"role": "user", "content": "and how does it end?"},
    ]
    answer = client.chat.completions.create(model=MODEL, messages=messages)
    turn = server.client.get(f"/api/v1/turns/{(answer.model_extra or {})['turn']}").json()
    assert (turn["question"], "TCP" in turn["standalone_question"]) == ("and how does it end?", True)
    alone = client.chat.completions.create(model=MODEL, messages=messages[-1:])
    turn = server.client.get(f"/api/v1/turns/{(alone.model_extra or {})['turn']}").json()
    assert "TCP" not in turn["standalone_question"]


def test_a_conversation_of_turns_can_be_gone_on_with_instead(client: openai.OpenAI, server: Served) -> None:
    first = server.ask("What is TCP?").json()
    messages: list[Any] = [*ASKED, {"role": "user", "content": "and how does it end?"}]
    more = {"conversation": first["conversation"], "lesson": "02-transport/01-tcp.md", "mode": "simple"}
    answer = client.chat.completions.create(model=MODEL, messages=messages, extra_body=more)
    extra = answer.model_extra or {}
    turn = server.client.get(f"/api/v1/turns/{extra['turn']}").json()
    assert (turn["conversation"], turn["lesson"], turn["mode"]) == tuple(more.values())
    assert "TCP" in turn["standalone_question"]
    assert (extra["conversation"], extra["ignored"]) == (first["conversation"], ["messages[0]"])


def test_what_has_no_effect_is_taken_and_named(client: openai.OpenAI, server: Served) -> None:
    rules: list[Any] = [{"role": "system", "content": "Answer in verse."}, *ASKED]
    nothing = {"stop": None, "tools": None, "seed": None, "temperature": 0.5}
    answer = client.chat.completions.create(
        model=MODEL,
        messages=rules,
        max_tokens=5,
        n=1,
        store=False,
        response_format={"type": "text"},
        extra_body=nothing,
    )
    plain = client.chat.completions.create(model=MODEL, messages=ASKED)
    assert (answer.model_extra or {})["ignored"] == ["messages[0]", "temperature", "max_tokens"]
    assert answer.choices[0].message.content == plain.choices[0].message.content
    *_, cited, _ = client.chat.completions.create(model=MODEL, messages=rules, stream=True)
    assert (cited.model_extra or {})["ignored"] == ["messages[0]"]


@pytest.mark.parametrize(("user", "kept"), [("ada-7", "ada-7"), ("ada@example.org", "user-")])
def test_the_user_is_kept_as_a_pseudonym_and_never_as_what_is_none(
    client: openai.OpenAI, server: Served, user: str, kept: str
) -> None:
    answer = client.chat.completions.create(model=MODEL, messages=ASKED, user=user)
    student = server.tutor.history.turn((answer.model_extra or {})["turn"]).student
    assert student.startswith(kept)
    assert "@" not in student


PARTS = {"image_url": {"image_url": {"url": "data:,"}}, "input_audio": {"input_audio": {"data": "", "format": "mp3"}}}


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"tools": [{"type": "function", "function": {"name": "f"}}]}, "tools"),
        ({"tool_choice": "auto"}, "tool_choice"),
        ({"functions": [{"name": "f"}]}, "functions"),
        ({"parallel_tool_calls": True}, "parallel_tool_calls"),
        ({"n": 2}, "n"),
        ({"logprobs": True}, "logprobs"),
        ({"top_logprobs": 2}, "top_logprobs"),
        ({"response_format": {"type": "json_schema", "json_schema": {"name": "a"}}}, "response_format"),
        ({"response_format": {"type": "json_object"}}, "response_format"),
        ({"modalities": ["text", "audio"]}, "modalities"),
        ({"audio": {"voice": "a", "format": "mp3"}}, "audio"),
        ({"prediction": {"type": "content", "content": "a"}}, "prediction"),
        ({"stop": "\n"}, "stop"),
        ({"seed": 1}, "seed"),
        ({"store": True}, "store"),
        ({"logit_bias": {"1": 1}}, "logit_bias"),
        ({"reasoning_effort": "low"}, "reasoning_effort"),
        ({"web_search_options": {}}, "web_search_options"),
        *(
            ({"messages": [{"role": "user", "content": [{"type": kind, **part}]}]}, "messages[0].content[0].type")
            for kind, part in PARTS.items()
        ),
        (
            {"messages": [{"role": "tool", "content": "4", "tool_call_id": "a"}, *ASKED]},
            "messages[0].role",
        ),
        (
            {"messages": [{"role": "assistant", "tool_calls": [{"id": "a"}]}, *ASKED]},
            "messages[0].tool_calls",
        ),
    ],
)
def test_what_is_not_supported_is_refused_by_name(client: openai.OpenAI, fields: dict[str, Any], param: str) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        client.chat.completions.create(**{"model": MODEL, "messages": ASKED, **fields})
    assert (refused.value.code, refused.value.param) == ("unsupported_parameter", param)
    assert refused.value.type == "invalid_request_error"
    assert f"`{param}`" in refused.value.message


@pytest.mark.parametrize(
    ("fields", "code", "param"),
    [
        ({"temprature": 1}, "unknown_parameter", "temprature"),
        ({"temperature": 3}, "invalid_value", "temperature"),
        ({"messages": []}, "invalid_value", "messages"),
        ({"messages": [{"role": "user", "content": 7}]}, "invalid_value", "messages[0].content"),
        ({"messages": [{"content": "a"}]}, "missing_required_parameter", "messages[0].role"),
        ({"messages": [*ASKED, {"role": "assistant", "content": "a"}]}, "invalid_request", None),
        ({"messages": [{"role": "user", "content": " \0"}]}, "invalid_request", None),
        ({"messages": [{"role": "user"}]}, "invalid_request", None),
        ({"mode": "shout"}, "invalid_value", "mode"),
    ],
)
def test_what_is_wrong_with_a_request_is_told_by_field(
    client: openai.OpenAI, fields: dict[str, Any], code: str, param: str | None
) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        client.chat.completions.create(model=MODEL, messages=ASKED, extra_body=fields, stream=True)
    assert (refused.value.code, refused.value.param) == (code, param)


@pytest.mark.parametrize("model", ["gpt-5", COURSE, "course:", "course:none", "course:a b", "org/name"])
def test_a_model_that_is_no_course_is_not_found(client: openai.OpenAI, model: str) -> None:
    for ask in (
        lambda: client.chat.completions.create(model=model, messages=ASKED),
        lambda: client.chat.completions.create(model=model, messages=ASKED, stream=True),
        lambda: client.models.retrieve(model),
    ):
        with pytest.raises(openai.NotFoundError) as refused:
            ask()
        assert (refused.value.code, refused.value.param) == ("model_not_found", "model")


@pytest.mark.parametrize("more", [{"lesson": "none.md"}, {"conversation": "conv_0"}])
def test_a_lesson_or_conversation_that_is_not_there_is_not_found(client: openai.OpenAI, more: dict[str, str]) -> None:
    with pytest.raises(openai.NotFoundError) as refused:
        client.chat.completions.create(model=MODEL, messages=ASKED, extra_body=more)
    assert refused.value.code == "not_found"


def test_the_models_are_the_published_courses(client: openai.OpenAI) -> None:
    (model,) = client.models.list()
    assert (model.id, model.object, model.owned_by) == (MODEL, "model", "course-tutor")
    assert model.created > 1_700_000_000
    assert client.models.retrieve(MODEL) == model


def test_the_same_key_and_body_get_the_same_turn(client: openai.OpenAI) -> None:
    headers = {"Idempotency-Key": "openai-one"}
    first = client.chat.completions.create(model=MODEL, messages=ASKED, extra_headers=headers)
    again = client.chat.completions.create(model=MODEL, messages=ASKED, extra_headers=headers)
    assert again.id == first.id
    with pytest.raises(openai.BadRequestError, match="Idempotency-Key"):
        client.chat.completions.create(model=MODEL, messages=[*ASKED, *ASKED], extra_headers=headers)


@pytest.mark.parametrize(
    ("method", "path", "content", "status", "code"),
    [
        ("GET", CHAT, b"", 405, "method_not_allowed"),
        ("POST", "/v1/embeddings", b"{}", 404, "not_found"),
        ("GET", "/v1", b"", 404, "not_found"),
        ("POST", CHAT, b"", 400, "invalid_json"),
        ("POST", CHAT, b"{", 400, "invalid_json"),
        ("POST", CHAT, b"[" * 30_000, 400, "invalid_json"),
        ("POST", CHAT, b'"text"', 400, "invalid_json"),
        ("POST", CHAT, b'{"model": "\\ud800"}', 400, "invalid_value"),
        ("POST", CHAT, b"a" * 70_000, 413, "too_large"),
    ],
)
def test_whatever_goes_wrong_is_told_in_the_envelope(
    server: Served, method: str, path: str, content: bytes, status: int, code: str
) -> None:
    answer = server.client.request(method, path, content=content, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/json")
    error = answer.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert (error["type"], error["code"]) == ("invalid_request_error", code)


def test_with_a_key_only_its_bearer_is_answered(tmp_path: Path) -> None:
    with served(settings_for(tmp_path, api_key=KEY)) as locked:
        with client_of(locked, "another") as client:
            with pytest.raises(openai.AuthenticationError) as refused:
                client.models.list()
            assert refused.value.code == "invalid_api_key"
            with pytest.raises(openai.AuthenticationError):
                client.chat.completions.create(model=MODEL, messages=ASKED, stream=True)
        with client_of(locked, KEY) as client:
            assert list(client.models.list()) == []


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        ("done", "stop"),
        ("refused", "stop"),
        ("truncated", "length"),
        ("filtered", "content_filter"),
        ("stopped", "length"),
        ("failed", "length"),
        ("interrupted", "length"),
        ("broken", "length"),
    ],
)
def test_every_end_of_a_turn_has_its_finish_reason(script: Served, state: str, reason: str) -> None:
    asked: list[Any] = [{"role": "user", "content": f"{state} 3"}]
    with client_of(script) as client:
        whole = client.chat.completions.create(model=MODEL, messages=asked)
        *content, finish = client.chat.completions.create(model=MODEL, messages=asked, stream=True)
    assert whole.choices[0].message.content == "".join(texts(3))
    assert "".join(chunk.choices[0].delta.content or "" for chunk in content) == "".join(texts(3))
    assert whole.choices[0].finish_reason == finish.choices[0].finish_reason == reason
    assert (whole.model_extra or {})["citations"] == (content[-1].model_extra or {})["citations"] == []


@pytest.mark.parametrize("state", ["failed", "interrupted", "broken"])
def test_an_answer_that_is_lost_before_it_begins_is_an_error_that_may_be_tried_again(
    script: Served, state: str
) -> None:
    asked: list[Any] = [{"role": "user", "content": f"{state} 0"}]
    with client_of(script) as client:
        with pytest.raises(openai.InternalServerError) as lost:
            client.chat.completions.create(model=MODEL, messages=asked)
        assert (lost.value.status_code, lost.value.type) == (503, "server_error")
        assert int(lost.value.response.headers["retry-after"]) >= 1
        with pytest.raises(openai.APIError, match="ask again"):
            list(client.chat.completions.create(model=MODEL, messages=asked, stream=True))


def test_an_answer_that_begins_anew_ends_the_stream_with_an_error_if_some_of_it_was_sent(script: Served) -> None:
    begun: list[Any] = [{"role": "user", "content": "restarted 2"}]
    not_begun: list[Any] = [{"role": "user", "content": "restarted 0"}]
    with client_of(script) as client:
        with pytest.raises(openai.APIError, match="/api/v1/turns/turn_"):
            list(client.chat.completions.create(model=MODEL, messages=begun, stream=True))
        chunks = list(client.chat.completions.create(model=MODEL, messages=not_begun, stream=True))
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == "Anew."


def test_an_answer_goes_on_when_its_reader_leaves(script: Served) -> None:
    asked: list[Any] = [{"role": "user", "content": "slow 20"}]
    with (
        client_of(script) as client,
        client.chat.completions.create(model=MODEL, messages=asked, stream=True) as stream,
    ):
        turn = next(iter(stream)).id.removeprefix("chatcmpl-")
    assert script.client.get(f"/api/v1/turns/{turn}").json()["state"] == "running"
    assert "event: done" in script.client.get(f"/api/v1/turns/{turn}/events").text
    assert script.client.get(f"/api/v1/turns/{turn}").json()["answer"] == "".join(texts(20))


def test_a_stream_that_a_shutdown_cuts_off_never_looks_whole(published: Path, tmp_path: Path) -> None:
    chunks: list[Any] = []

    def read(stream: openai.Stream[Any]) -> None:
        chunks.extend(stream)

    settings = settings_for(copied(published, tmp_path), drain_seconds=0.2)
    with served(settings, EMBEDDER, produce=produced(texts(1000), 0.02)) as running:
        client = client_of(running)
        stream = client.chat.completions.create(model=MODEL, messages=ASKED, stream=True)
        reader = threading.Thread(target=read, args=(stream,))
        reader.start()
    reader.join()
    client.close()
    assert chunks[-1].choices[0].finish_reason == "length"
    assert chunks[-2].state == "interrupted"


@pytest.mark.parametrize(
    ("error", "kind", "status", "code", "seconds"),
    [
        (RateLimited("Too many.", 7.2), openai.RateLimitError, 429, "rate_limited", "8"),
        (Overloaded("Full."), openai.InternalServerError, 503, "overloaded", "5"),
        (Forbidden("Not yours."), openai.PermissionDeniedError, 403, "forbidden", None),
        (InvalidRequest("No."), openai.BadRequestError, 400, "invalid_request", None),
        (ConfigurationError("Wrong."), openai.InternalServerError, 500, "configuration", None),
        (RuntimeError("secret"), openai.InternalServerError, 500, "internal", None),
    ],
)
def test_every_kind_of_error_is_one_of_the_client_s_own(
    error: Exception, kind: type[openai.APIStatusError], status: int, code: str, seconds: str | None
) -> None:
    app = FastAPI()
    add_handlers(app, openai_problems)

    @app.get("/v1/models")
    async def models() -> None:
        raise error

    async def ask() -> openai.APIStatusError:
        http = openai.DefaultAsyncHttpxClient(transport=ASGITransport(app, raise_app_exceptions=False))
        async with openai.AsyncOpenAI(
            base_url="http://test/v1", api_key="a", max_retries=0, http_client=http
        ) as client:
            with pytest.raises(kind) as raised:
                await client.models.list()
        return raised.value

    raised = asyncio.run(ask())
    assert (raised.status_code, raised.code) == (status, code)
    assert raised.response.headers.get("retry-after") == seconds
    assert "secret" not in raised.message


def test_a_stream_whose_end_is_missing_ends_with_an_error() -> None:
    async def cut_off() -> AsyncGenerator[tuple[Logged, ...]]:
        yield (Logged(NEW.id, 1, 1, accepted(NEW)), Logged(NEW.id, 1, 2, piece("A bit")))

    app = FastAPI()

    @app.post(CHAT)
    async def chat(body: ChatBody) -> CompletionStream:
        return CompletionStream(cut_off(), NEW.id, body)

    async def ask() -> None:
        http = openai.DefaultAsyncHttpxClient(transport=ASGITransport(app))
        async with openai.AsyncOpenAI(base_url="http://test/v1", api_key="a", http_client=http) as client:
            stream = await client.chat.completions.create(model=MODEL, messages=ASKED, stream=True)
            async for chunk in stream:
                # One by one: those before the error count.
                said.append(chunk.choices[0].delta.content)  # noqa: PERF401

    said: list[str | None] = []
    with pytest.raises(openai.APIError, match=f"/api/v1/turns/{NEW.id}"):
        asyncio.run(ask())
    assert said == ["", "A bit"]


def test_a_model_writes_and_its_usage_is_told(published: Path, tmp_path: Path) -> None:
    with LoopbackChat() as chat:
        chat.say("A connection ends with FIN. [1]")
        settings = settings_for(copied(published, tmp_path), openai_base_url=chat.base_url)
        with served(settings, EMBEDDER) as running, client_of(running) as client:
            answer = client.chat.completions.create(model=MODEL, messages=ASKED)
            turn = running.client.get(f"/api/v1/turns/{(answer.model_extra or {})['turn']}").json()
            history: list[Any] = [*ASKED, {"role": "assistant", "content": "With FIN."}]
            client.chat.completions.create(
                model=MODEL, messages=[*history, {"role": "user", "content": "Why does it end with FIN?"}]
            )
    assert (turn["answerer"], turn["fallback"]) == ("loopback-1", "")
    assert answer.choices[0].message.content == turn["answer"]
    assert "ends with FIN" in turn["answer"]
    assert answer.usage is not None
    assert answer.usage.prompt_tokens > answer.usage.completion_tokens > 0
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens
    assert "With FIN." in json.dumps(chat.asked[-1]["messages"])
