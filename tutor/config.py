"""What can be configured: one frozen value, read once from the environment and `.env`, and passed down."""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from tutor import hosts
from tutor.errors import ConfigurationError
from tutor.hosts import is_loopback

PREFIX = "TUTOR_"


class Settings(BaseSettings):
    """Every setting; `TUTOR_` and the field's name is the variable, but for the two that OpenAI has named."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="forbid",
        frozen=True,
        validate_by_name=True,
        hide_input_in_errors=True,
    )

    data_dir: Path = Field(
        default=Path(".data"), description="Folder of the indexes and, unless told otherwise, the database."
    )
    database_url: SecretStr | None = Field(
        default=None,
        description="SQL database, e.g. postgresql://user:password@host/name; else tutor.db in the data folder.",
    )
    chroma_url: str | None = Field(
        default=None,
        description="Chroma server on a private network, e.g. http://chroma:8000; else Chroma in this process.",
    )
    api_key: SecretStr | None = Field(
        default=None,
        min_length=16,
        description="Key that every caller must send as a bearer; make one: course-tutor keys new",
    )
    host: str = Field(
        default="127.0.0.1", description="Address to listen on; any other than this machine's own needs a key."
    )
    port: int = Field(default=8000, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    allowed_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="Web sites whose pages may call the API, with commas, e.g. https://school.example"
    )
    public_url: str | None = Field(
        default=None,
        description="The address under which browsers know this server, when a proxy stands before it, "
        "e.g. https://tutor.example",
    )
    students: Literal["closed", "open"] = Field(
        default="closed",
        description="With a key: closed (only who has the key may read and ask), or open (the course pages are open, "
        "and everyone who opens one may ask).",
    )
    questions_per_minute: int = Field(
        default=20, ge=1, description="How many questions a student may ask in a minute; not for who has the key."
    )
    questions_per_address_per_minute: int = Field(
        default=300, ge=1, description="The same for all students behind one address."
    )
    sessions_per_address_per_hour: int = Field(
        default=60, ge=1, description="How many students may begin behind one address in an hour."
    )
    embedder: Literal["bundled", "openai"] = Field(
        default="bundled", description="What embeds: the bundled English model, or a service that speaks OpenAI's API."
    )
    embedding_model: str = Field(default="text-embedding-3-small", description="The service's model, when it is one.")
    embedding_dimensions: int | None = Field(
        default=None,
        ge=1,
        le=65536,
        description="Floats per vector, for a service that can shorten them; else its own.",
    )
    embedding_price_usd: float = Field(
        default=0.0,
        ge=0,
        allow_inf_nan=False,
        description="What the service takes for a million tokens, for the reports.",
    )
    answerer: Literal["auto", "quoting", "generative"] = Field(
        default="auto",
        description="Who writes answers: quoting (the lessons' own sentences), generative (a model), "
        "or auto: a model when OPENAI_BASE_URL or OPENAI_API_KEY is set.",
    )
    openai_base_url: str | None = Field(
        default=None, validation_alias="OPENAI_BASE_URL", description="Where the service is; else OpenAI's own."
    )
    openai_api_key: SecretStr | None = Field(
        default=None, validation_alias="OPENAI_API_KEY", description="The key of the service."
    )
    model: str | None = Field(
        default=None,
        description="The model that writes; else the first that the server at OPENAI_BASE_URL offers, "
        "or gpt-4.1-mini at OpenAI.",
    )
    model_context_tokens: int = Field(
        default=8192, ge=1024, description="What the model takes: the prompt and its answer, in tokens."
    )
    answer_tokens: int = Field(default=600, ge=50, le=8192, description="The longest answer of a model, in tokens.")
    history_tokens: int = Field(
        default=1000, ge=0, description="How much of the conversation a model is shown; older turns are summarised."
    )
    connect_seconds: float = Field(default=5.0, gt=0, description="How long to wait for a connection to the model.")
    first_token_seconds: float = Field(default=20.0, gt=0, description="How long to wait for the model's first word.")
    next_token_seconds: float = Field(default=10.0, gt=0, description="How long a model may pause while it writes.")
    model_seconds: float = Field(default=90.0, gt=0, description="How long one answer of a model may take, in all.")
    model_sends_finish: bool = Field(
        default=True,
        description="false for a server that never says why it stopped; else its answers count as cut short.",
    )
    unsupported: Literal["replace", "mark"] = Field(
        default="replace",
        description="What becomes of a model's sentence that the lessons do not support: replace it by the lessons' "
        "own words, or mark it.",
    )
    repeat_answers: Literal["off", "exact", "near"] = Field(
        default="near",
        description="Whether a question that was asked before gets the same checked answer again: "
        "off, exact (the same words), near (nearly the same words).",
    )
    mask_personal_data: bool = Field(
        default=True,
        description="Mask e-mail addresses, phone, card and identity numbers before a model or a log sees them; "
        "course.yaml may say otherwise for its course.",
    )
    daily_usd: float | None = Field(
        default=None,
        ge=0,
        description="What models may cost a day, in US dollars, in all; beyond it, lessons are quoted.",
    )
    daily_usd_per_course: float | None = Field(default=None, ge=0, description="The same for each course.")
    daily_usd_per_student: float | None = Field(default=None, ge=0, description="The same for each student.")
    daily_tokens: int | None = Field(
        default=None, ge=0, description="How many tokens models may read and write a day, in all."
    )
    unread_seconds: float = Field(
        default=60.0, gt=0, description="How long an answer is written on while it has no reader."
    )
    lease_seconds: float = Field(
        default=30.0, ge=1, description="How long after a server's last sign of life its unfinished answers are ended."
    )
    drain_seconds: float = Field(
        default=10.0, ge=0, description="How long a server that is told to stop goes on finishing answers."
    )
    budget_tokens: int = Field(default=400, ge=16, le=8192, description="The longest passage, in tokens.")
    small_tokens: int = Field(
        default=0, ge=0, le=8192, description="Sections shorter than this are joined with the next one; 0 joins none."
    )
    smtp_url: SecretStr | None = Field(
        default=None,
        description="Mail server for students' follow-ups, e.g. smtp://user:password@mail.school.example:587 or "
        "smtps://…; without one they wait in the list.",
    )
    mail_from: str | None = Field(
        default=None, description="Who those mails are from, e.g. Course team <tutor@school.example>"
    )
    follow_up_webhook_url: SecretStr | None = Field(
        default=None, description="Where follow-ups are posted as JSON too, e.g. https://desk.school.example/hooks/1"
    )
    follow_up_webhook_secret: SecretStr | None = Field(
        default=None,
        min_length=16,
        description="What signs those posts, as standardwebhooks.com says; make one: course-tutor keys new",
    )
    follow_ups_per_hour: int = Field(
        default=10, ge=1, description="How many follow-ups one student, and one e-mail address, may leave in an hour."
    )
    delivery_seconds: float = Field(
        default=30.0, gt=0, le=600, description="How long one attempt to send a mail or a post may take."
    )
    delivery_days: float = Field(
        default=5.0, gt=0, le=365, description="How long attempts go on before a mail or a post has failed."
    )
    default_course: str | None = Field(default=None, description="The course of commands that name none.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(default="info", description="How much is logged.")
    max_question_characters: int = Field(default=4000, ge=1, le=30000, description="The longest question.")

    @field_validator("allowed_origins", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(value.replace(",", " ").split()) if isinstance(value, str) else value

    @field_validator("allowed_origins")
    @classmethod
    def _are_origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(map(hosts.origin, value)))

    @field_validator("public_url")
    @classmethod
    def _is_origin(cls, value: str | None) -> str | None:
        return None if value is None else hosts.origin(value.removesuffix("/"))

    @property
    def is_local(self) -> bool:
        """Whether `host` can only be reached from this machine."""
        return is_loopback(self.host)


def read_settings(**overrides: Any) -> Settings:
    """The settings of this process; `overrides` that are not None go before the environment, that before `.env`.

    Raises ConfigurationError that names each wrong or unknown variable and says what it should be.
    """
    _refuse_unknown(os.environ)
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        return Settings(**given)
    except ValidationError as error:
        raise ConfigurationError(" ".join(_explained(item) for item in error.errors())) from error
    except (UnicodeDecodeError, OSError) as error:
        raise ConfigurationError(f"The file .env cannot be read: {error}.") from error


def variable(field: str) -> str:
    """The name under which a field of `Settings` is set."""
    alias = Settings.model_fields[field].validation_alias
    return alias if isinstance(alias, str) else f"{PREFIX}{field.upper()}"


def _refuse_unknown(environment: Mapping[str, str]) -> None:
    known = {variable(field) for field in Settings.model_fields}
    unknown = sorted(name for name in environment if name.upper().startswith(PREFIX) and name.upper() not in known)
    if unknown:
        raise ConfigurationError(" ".join(_unknown(name, "the environment") for name in unknown))


def _unknown(name: str, where: str) -> str:
    known = [variable(field) for field in Settings.model_fields]
    near = difflib.get_close_matches(name.upper(), known, 1, 0.5)
    hint = f"did you mean {near[0]}?" if near else ".env.example lists all settings."
    return f"{name.upper()} in {where} is not a setting; {hint}"


def _explained(error: ErrorDetails) -> str:
    place = str(error["loc"][0]) if error["loc"] else ""
    if error["type"] == "extra_forbidden":
        return _unknown(place, ".env")
    name = variable(place) if place in Settings.model_fields else place.upper()
    return f"{name}: {error['msg'].removeprefix('Value error, ')}."
