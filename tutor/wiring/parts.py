"""Settings → one configured piece each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutor.config import Settings
from tutor.errors import ConfigurationError
from tutor.llm.writing import Writing
from tutor.spending.capped import CappedSpending
from tutor.spending.usage import Caps

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from tutor.adapters.chroma.server import ChromaServer
    from tutor.index.protocols import Embedder, IndexPart
    from tutor.llm.model import LanguageModel, Spending, TokenCounter
    from tutor.spending.store import SpendingStore

_OPENAI_URL = "https://api.openai.com/v1"


def has_data(settings: Settings) -> bool:
    """Whether anything was ever stored; asking creates nothing. A database elsewhere counts as data."""
    return settings.database_url is not None or (settings.data_dir / "tutor.db").is_file()


def open_engine(settings: Settings) -> Engine:
    """The database, migrated. Raises ConfigurationError and UpstreamUnavailable."""
    from tutor.adapters.sql.database import open_database, sqlite_url

    url = settings.database_url
    return open_database(url.get_secret_value() if url else sqlite_url(settings.data_dir))


def make_embedder(settings: Settings, deadline_seconds: float = 60.0) -> Embedder:
    """What embeds; nothing is loaded or called yet. Raises ConfigurationError when a service's key is missing.

    `deadline_seconds` is for one request to a service, with its retries.
    """
    if settings.embedder == "bundled":
        from tutor.adapters.onnx_embedder import OnnxEmbedder

        return OnnxEmbedder()
    if settings.openai_api_key is None and settings.openai_base_url is None:
        raise ConfigurationError(
            "OPENAI_API_KEY is missing: set it, or OPENAI_BASE_URL for a server that needs no key, "
            "or TUTOR_EMBEDDER=bundled for the model that needs neither."
        )
    from tutor.adapters.openai.embedder import OpenAIEmbedder

    key = settings.openai_api_key
    return OpenAIEmbedder(
        settings.openai_base_url or _OPENAI_URL,
        key.get_secret_value() if key else "",
        settings.embedding_model,
        settings.embedding_dimensions,
        settings.embedding_price_usd,
        counter=make_counter(),
        deadline_seconds=deadline_seconds,
    )


def make_model(settings: Settings) -> LanguageModel | None:
    """The model that writes, if one is configured; no service is called yet. Raises ConfigurationError.

    A key or an address alone may be there for the embedder: `answerer` says whether a model is to write.
    """
    has_service = settings.openai_api_key is not None or settings.openai_base_url is not None
    if settings.answerer == "quoting" or (settings.answerer == "auto" and not has_service):
        return None
    if not has_service:
        raise ConfigurationError(
            "TUTOR_ANSWERER is generative, but there is no model: set OPENAI_API_KEY, or OPENAI_BASE_URL for a server "
            "that needs no key, or TUTOR_ANSWERER=quoting."
        )
    from tutor.adapters.openai.model import OpenAIModel

    key = settings.openai_api_key
    return OpenAIModel(
        settings.openai_base_url,
        key.get_secret_value() if key else None,
        settings.model,
        connect_seconds=settings.connect_seconds,
        first_token_seconds=settings.first_token_seconds,
        next_token_seconds=settings.next_token_seconds,
        model_seconds=settings.model_seconds,
        sends_finish=settings.model_sends_finish,
    )


def make_spending(settings: Settings, store: SpendingStore) -> CappedSpending:
    """What keeps models within the configured caps; close it at the end."""
    caps = Caps(
        settings.daily_usd, settings.daily_usd_per_course, settings.daily_usd_per_student, settings.daily_tokens
    )
    return CappedSpending(store, caps)


def make_writing(settings: Settings, model: LanguageModel | None, spending: Spending) -> Writing | None:
    """How `model` writes answers, if there is one."""
    if model is None:
        return None
    return Writing(
        model,
        make_counter(),
        spending,
        settings.model_context_tokens,
        settings.answer_tokens,
        settings.history_tokens,
        settings.unsupported,
    )


def make_counter() -> TokenCounter:
    """What counts tokens."""
    from tutor.adapters.tiktoken_counter import TiktokenCounter

    return TiktokenCounter()


def chroma_server(settings: Settings) -> ChromaServer | None:
    """The Chroma server, if one is configured; no service is called yet. Raises ConfigurationError for a bad URL."""
    if settings.chroma_url is None:
        return None
    from tutor.adapters.chroma.server import ChromaServer

    return ChromaServer(settings.chroma_url)


def index_parts(settings: Settings) -> list[IndexPart]:
    """What each generation's index is built of."""
    from tutor.adapters.bm25s_part import Bm25sPart
    from tutor.adapters.chroma.part import ChromaPart, ChromaServerPart

    server = chroma_server(settings)
    return [ChromaServerPart(server) if server else ChromaPart(), Bm25sPart()]
