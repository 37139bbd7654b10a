"""Question → passages."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.conftest import ROOT, TinyCourse
from tests.support.answers import check_passages
from tests.support.hash_embedder import HashEmbedder
from tutor.adapters.tiktoken_counter import TiktokenCounter
from tutor.errors import InvalidRequest, NotFound, UpstreamUnavailable
from tutor.pipeline.course_tutor import CourseTutor
from tutor.retrieval.retriever import Retriever

QUESTIONS = [json.loads(line)["question"] for line in (ROOT / "corpus/questions.jsonl").read_text("utf-8").splitlines()]
PLANETS = {
    f"{number:02}-{name}.md": f"# {name.title()}\n\nThe planet {name} has rings and moons.\n\n"
    + "\n\n".join(f"Fact {fact} about {name}: its orbit number {fact} is round and slow." for fact in range(12))
    for number, name in enumerate(("mercury", "venus", "earth", "mars"))
}


@pytest.fixture
def retriever(sample: CourseTutor) -> Retriever:
    return sample._retriever


@pytest.mark.parametrize("question", QUESTIONS[::5])
def test_passages_are_ranked_apart_and_within_the_budget(retriever: Retriever, question: str) -> None:
    passages = retriever.retrieve(question, 10).passages
    check_passages(retriever.index, passages)
    assert len(passages) == 10
    assert max(TiktokenCounter().count(passage.text) for passage in passages) <= 400


@pytest.mark.parametrize("k", [1, 2, 7, 1000])
def test_there_are_k_passages_or_all_there_are(tiny: TinyCourse, k: int) -> None:
    index = tiny(PLANETS).index
    tutor = CourseTutor(index, tiny(PLANETS)._retriever.embedder)
    passages = tutor.search("rings of mars", k)
    check_passages(index, passages)
    assert len(passages) == k or sum(passage.end - passage.start for passage in passages) >= sum(
        len(chunk.text) for chunk in index.chunks
    )


def test_a_lesson_filter_leaves_one_lesson(tiny: TinyCourse) -> None:
    found = tiny(PLANETS).search("rings of mars", 20, lesson="01-venus.md")
    assert {passage.lesson for passage in found} == {"01-venus.md"}


def test_nothing_beyond_a_lesson_is_found(tiny: TinyCourse) -> None:
    tutor = tiny(PLANETS)
    names = sorted(PLANETS)
    for last, name in enumerate(names):
        found = tutor.search("orbit of mars", 50, not_beyond=name)
        assert {passage.lesson for passage in found} == set(names[: last + 1])
    assert tutor.search("orbit", 5, lesson=names[3], not_beyond=names[0]) == ()


def test_filters_hold_where_most_candidates_are_of_other_lessons(retriever: Retriever) -> None:
    last = retriever.index.lessons[-1].lesson
    for question in QUESTIONS[::20]:
        found = retriever.retrieve(question, 10, lesson=last).passages
        assert found
        assert {passage.lesson for passage in found} == {last}


def test_unknown_lessons_are_not_found(retriever: Retriever) -> None:
    with pytest.raises(NotFound):
        retriever.retrieve("caching", 3, lesson="no-such.md")
    with pytest.raises(NotFound):
        retriever.retrieve("caching", 3, not_beyond="no-such.md")
    with pytest.raises(NotFound):
        retriever.retrieve("caching", 3, current="no-such.md")


@pytest.mark.parametrize("text", ["", "  \n", "?!", "🚀", "---"])
def test_a_text_without_words_is_an_invalid_request(retriever: Retriever, text: str) -> None:
    with pytest.raises(InvalidRequest):
        retriever.query(text)


def test_the_current_lesson_only_decides_between_close_ones(retriever: Retriever) -> None:
    prior = retriever._model.settings["current_lesson"]
    for question in QUESTIONS[::8]:
        plain = retriever.retrieve(question, 1)
        of_lesson = retriever.index.lesson_of[plain.candidates.chunks]
        best = plain.scores.max()
        for place, lesson in enumerate(retriever.index.lessons):
            here = of_lesson == place
            if not here.any():
                continue
            moved = retriever.retrieve(question, 1, current=lesson.lesson)
            np.testing.assert_allclose(moved.scores - plain.scores, prior * here, atol=1e-4)
            close = plain.scores[here].max() + prior > best - 1e-4
            assert close or moved.passages[0].lesson == plain.passages[0].lesson


def test_the_same_question_finds_the_same_passages(retriever: Retriever) -> None:
    for question in QUESTIONS[::15]:
        again = Retriever(retriever.index, retriever.embedder)
        assert again.retrieve(question, 10).passages == retriever.retrieve(f"  {question}\n", 10).passages


def test_a_text_that_is_being_prepared_is_not_embedded_twice(tiny: TinyCourse) -> None:
    class SlowEmbedder(HashEmbedder):
        def __init__(self) -> None:
            super().__init__()
            self.asked: list[str] = []
            self.may_answer = threading.Event()

        def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
            self.asked.extend(texts)
            assert self.may_answer.wait(5)
            return super().embed(texts)

    embedder, index = SlowEmbedder(), tiny(PLANETS).index
    retriever = Retriever(index, embedder)
    with ThreadPoolExecutor(2) as pool:
        pool.submit(retriever.prepare, " What is  TCP? ")
        found = pool.submit(retriever.retrieve, "What is TCP?", 3)
        embedder.may_answer.set()
        assert found.result(5).passages == Retriever(index, HashEmbedder()).retrieve("What is TCP?", 3).passages
    assert embedder.asked == ["What is TCP?"]


def test_an_embedding_that_failed_is_tried_again(tiny: TinyCourse) -> None:
    class FailingEmbedder(HashEmbedder):
        fails = True

        def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
            if self.fails:
                raise UpstreamUnavailable("The service is down.")
            return super().embed(texts)

    embedder = FailingEmbedder()
    retriever = Retriever(tiny(PLANETS).index, embedder)
    for _ in range(2):
        with pytest.raises(UpstreamUnavailable):
            retriever.retrieve("What is TCP?", 3)
    embedder.fails = False
    assert retriever.retrieve("What is TCP?", 3).passages
