"""One look-up of messages: the first language that there is, and English for what it lacks."""

from __future__ import annotations

from pathlib import Path

import pytest

from tutor.resources import web_directory
from tutor.text.language_tags import direction, primary_subtag
from tutor.text.messages import Catalogue, languages, messages

CATALOGUES = {
    "tutor": Catalogue.of_package("tutor.text", "messages.json"),
    "follow-ups": Catalogue.of_package("tutor.follow_ups", "messages.json"),
    "reader": Catalogue.of_folder(web_directory() / "reader" / "words"),
    "panel": Catalogue.of_folder(web_directory() / "panel" / "words"),
}


@pytest.mark.parametrize("language", ["pt", "pt-BR", "PT_br", "pt-Latn-BR"])
def test_a_language_is_found_by_its_primary_subtag(language: str) -> None:
    assert primary_subtag(language) == "pt"
    assert messages(language) == messages("pt") != messages("en")


def test_the_first_language_that_there_is_goes_before_english() -> None:
    assert messages("xx", "de-AT", "fr").language == "de"
    assert messages("xx", "").language == "en"
    assert messages().language == "en"


def test_what_a_language_lacks_is_said_in_english(tmp_path: Path) -> None:
    (tmp_path / "en.json").write_text('{"yes": "Yes", "no": "No", "many": "{number} lessons"}')
    (tmp_path / "de.json").write_text('{"yes": "Ja"}')
    german = Catalogue.of_folder(tmp_path).messages("de")
    assert (german["yes"], german["no"], german("many", number=6)) == ("Ja", "No", "6 lessons")
    assert dict(german) == {"yes": "Ja", "no": "No", "many": "{number} lessons"}


@pytest.mark.parametrize("catalogue", CATALOGUES.values(), ids=CATALOGUES)
def test_every_catalogue_speaks_the_tutors_languages(catalogue: Catalogue) -> None:
    assert set(catalogue.languages) >= set(languages())


def test_a_language_is_written_from_the_right_wherever_it_is_spoken() -> None:
    assert [direction(code) for code in ("ar", "he-IL", "FA_ir", "en", "pt-BR")] == ["rtl", "rtl", "rtl", "ltr", "ltr"]
