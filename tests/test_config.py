"""Settings: where they come from, what is refused, and that all are documented.

`python -m tests.test_config > .env.example` writes the example file anew.
"""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from tutor.config import Settings, read_settings, variable
from tutor.errors import ConfigurationError

EXAMPLE = Path(__file__).parents[1] / ".env.example"


def example() -> str:
    """What `.env.example` should say: every setting, commented out, with its default."""
    lines = ["# All settings, with their defaults. Copy this file to .env and uncomment what you change."]
    for name, field in Settings.model_fields.items():
        default = "" if field.default in (None, ()) else str(field.default)
        lines += ["", *textwrap.wrap(f"# {field.description}", 100, subsequent_indent="# ")]
        lines.append(f"#{variable(name)}={default}")
    return "\n".join(lines) + "\n"


@pytest.fixture(autouse=True)
def _nothing_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting in the environment, and no `.env` in the working directory."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(variable(name), raising=False)


def test_the_example_file_documents_every_setting_in_order() -> None:
    assert EXAMPLE.read_text() == example()


def test_the_example_file_uncommented_says_the_same_as_nothing(tmp_path: Path) -> None:
    lines = [line[1:] if line.startswith(("#TUTOR_", "#OPENAI_")) else line for line in example().splitlines()]
    (tmp_path / ".env").write_text("\n".join(lines))
    assert read_settings() == Settings()


def test_the_environment_goes_before_the_file_and_an_argument_before_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("TUTOR_PORT=1001\nTUTOR_HOST=::1\nOPENAI_API_KEY=sk-file\n")
    monkeypatch.setenv("TUTOR_PORT", "1002")
    settings = read_settings()
    assert (settings.port, settings.host) == (1002, "::1")
    assert settings.openai_api_key == SecretStr("sk-file")
    assert read_settings(port=1003).port == 1003
    assert read_settings(port=None).port == 1002


def test_a_misspelt_variable_is_named_with_the_nearest_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUTOR_API_KEI", "secret-secret-secret")
    with pytest.raises(ConfigurationError, match=r"TUTOR_API_KEI in the environment .* did you mean TUTOR_API_KEY\?"):
        read_settings()
    monkeypatch.delenv("TUTOR_API_KEI")
    (tmp_path / ".env").write_text("TUTOR_DATADIR=x")
    with pytest.raises(ConfigurationError, match=r"TUTOR_DATADIR in \.env .* did you mean TUTOR_DATA_DIR\?"):
        read_settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TUTOR_PORT", "http"),
        ("TUTOR_PORT", "70000"),
        ("TUTOR_API_KEY", "short-secret"),
        ("TUTOR_EMBEDDER", "magic"),
        ("TUTOR_EMBEDDING_PRICE_USD", "nan"),
        ("TUTOR_ALLOWED_ORIGINS", "https://a.example/path"),
        ("TUTOR_ALLOWED_ORIGINS", "*"),
        ("TUTOR_PUBLIC_URL", "https://tutor.example/course"),
        ("TUTOR_STUDENTS", "some"),
        ("TUTOR_QUESTIONS_PER_MINUTE", "0"),
    ],
)
def test_a_wrong_value_is_refused_by_name_and_not_repeated_when_it_is_secret(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError, match=name) as caught:
        read_settings()
    assert "secret" not in str(caught.value)


def test_origins_are_separated_by_commas_or_spaces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUTOR_ALLOWED_ORIGINS", "https://a.example, http://b.example:8080")
    assert read_settings().allowed_origins == ("https://a.example", "http://b.example:8080")


def test_settings_are_frozen_and_hide_their_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUTOR_DATABASE_URL", "postgresql://user:hunter2@host/name")
    settings = read_settings()
    assert "hunter2" not in repr(settings)
    with pytest.raises(ValidationError):
        settings.port = 1


if __name__ == "__main__":
    sys.stdout.write(example())
