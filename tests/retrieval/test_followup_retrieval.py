"""Follow-ups are found with what was said before them; what stands alone is found as if nothing had been said."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import SAMPLE
from tests.support.courses import open_course
from tutor.conversation.context import DialogueContext, EarlierMessage
from tutor.models import Decision
from tutor.retrieval.coverage import CoverageModel
from tutor.retrieval.retriever import Retriever

EMBEDDINGS = (
    ("user", "What is cosine similarity?"),
    ("assistant", "It is the cosine of the angle between two vectors. [1]"),
)
LESSON = "02-retrieval/02-chunking-and-embeddings.md"


@pytest.fixture(scope="module")
def retriever(sample_data: Path) -> Retriever:
    embedder, index = open_course(sample_data, SAMPLE)
    return Retriever(index, embedder)


def test_a_follow_up_is_found_by_what_was_said_before(retriever: Retriever) -> None:
    history = DialogueContext.of(
        (("user", "What is BM25?"), ("assistant", "A ranking function that weighs rare terms."))
    )
    alone = retriever.retrieve("why not simply use it for everything?", 1)
    found = retriever.retrieve("why not simply use it for everything?", 1, context=history)
    assert "BM25" not in alone.passages[0].text
    assert "BM25" in found.passages[0].text
    assert found.query.text == "why not simply use it for everything? (BM25)"


def test_the_question_that_a_model_wrote_is_taken_in_place_of_the_rules(retriever: Retriever) -> None:
    written = "Is a cosine similarity of 0.8 good?"
    found = retriever.retrieve("so is 0.8 a good one?", 3, context=DialogueContext.of(EMBEDDINGS), standalone=written)
    assert found.query.text == written
    assert found.passages[0].lesson == LESSON


@pytest.mark.parametrize(
    "context", [None, DialogueContext(), DialogueContext((EarlierMessage("assistant", "Welcome!"),))]
)
def test_without_an_earlier_question_nothing_changes(retriever: Retriever, context: DialogueContext | None) -> None:
    found = retriever.retrieve("What is head sampling?", 10, context=context)
    assert found.passages == retriever.retrieve("What is head sampling?", 10).passages
    assert (found.own_scores == found.scores).all()


def test_a_new_topic_is_found_as_if_nothing_had_been_said(retriever: Retriever) -> None:
    question = "What is crypto-shredding in a privacy plan?"
    found = retriever.retrieve(question, 10, context=DialogueContext.of(EMBEDDINGS))
    assert found.passages == retriever.retrieve(question, 10).passages


def test_a_follow_up_stays_within_the_lessons_asked_for(retriever: Retriever) -> None:
    other = "03-systems/04-caching.md"
    found = retriever.retrieve("so is 0.8 a good one?", 5, lesson=other, context=DialogueContext.of(EMBEDDINGS))
    assert found.passages
    assert {passage.lesson for passage in found.passages} == {other}


def test_coverage_judges_the_standalone_question_and_not_the_fragment(retriever: Retriever) -> None:
    history = DialogueContext.of(
        (("user", "What is crypto-shredding?"), ("assistant", "Deleting data by destroying its key."))
    )
    coverage = CoverageModel(retriever.index)
    assert coverage.coverage(retriever.retrieve("does that reach the others too?", 10)).decision == Decision.NOT_COVERED
    with_history = coverage.coverage(retriever.retrieve("does that reach the backups too?", 10, context=history))
    assert with_history.decision != Decision.NOT_COVERED


def test_what_the_course_does_not_cover_is_not_covered_because_of_what_was_said(retriever: Retriever) -> None:
    found = retriever.retrieve("When was the Battle of Hastings fought?", 10, context=DialogueContext.of(EMBEDDINGS))
    assert CoverageModel(retriever.index).coverage(found).decision == Decision.NOT_COVERED


def test_what_was_said_before_is_the_answer_or_the_question_that_had_none() -> None:
    said = (
        EarlierMessage("user", "Who won?"),
        EarlierMessage("assistant", "The lessons do not answer that.", refused=True),
    )
    assert DialogueContext(said).before == "Who won?"
    assert DialogueContext.of(EMBEDDINGS).before == "It is the cosine of the angle between two vectors."
    assert DialogueContext.of((("user", "Why?"), ("assistant", "…"))).before == "Why?"
