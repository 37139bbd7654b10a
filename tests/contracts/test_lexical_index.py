"""What every LexicalIndex promises, and what it counts as a word."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tutor.adapters.bm25s_index import Bm25sIndex
from tutor.errors import IndexMismatch
from tutor.text.words import Words

LESSONS = [
    "Flexbox lays out boxes in one dimension. The `box-sizing` property changes how a box is measured.",
    "React keeps state with useState; an effect runs after rendering.",
    "Use :hover and ::before to style links. Node.js runs JavaScript on a server.",
    "C++ and C# are compiled languages; snake_case_names are common in Python.",
    "",
    "The French Revolution began in 1789.",
]


@pytest.fixture(params=["built", "loaded", "mapped"])
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Bm25sIndex:
    built = Bm25sIndex(LESSONS, "en")
    if request.param == "built":
        return built
    built.save(tmp_path / "index")
    return Bm25sIndex.load(tmp_path / "index", mmap=request.param == "mapped")


def test_every_text_gets_a_score(index: Bm25sIndex) -> None:
    scores = index.scores("how do boxes get measured")
    assert scores.shape == (len(LESSONS),)
    assert scores.dtype == np.float32
    assert scores.argmax() == 0
    assert (scores >= 0).all()


@pytest.mark.parametrize("query", ["", "   ", "?!", "xylophone quux", "the of and"])
def test_words_that_no_text_has_score_nothing(index: Bm25sIndex, query: str) -> None:
    assert not index.scores(query).any()


def test_unknown_words_do_not_change_a_score(index: Bm25sIndex) -> None:
    np.testing.assert_array_equal(index.scores("flexbox xylophone"), index.scores("flexbox"))


@pytest.mark.parametrize(
    ("query", "lesson"),
    [
        ("box-sizing", 0), ("sizing", 0), ("box sizing", 0), ("BOX-SIZING", 0),
        ("useState", 1), ("usestate", 1), ("state", 1), ("use state", 1),
        (":hover", 2), ("hover", 2), ("::before", 2), ("node.js", 2), ("node", 2), ("nodejs or node.js?", 2),
        ("C++", 3), ("c++", 3), ("c#", 3), ("snake_case_names", 3), ("snake case", 3), ("names", 3),
        ("revolutions", 5), ("1789", 5),
    ],
)  # fmt: skip
def test_identifiers_are_found_whole_and_in_parts(index: Bm25sIndex, query: str, lesson: int) -> None:
    scores = index.scores(query)
    assert scores.argmax() == lesson
    assert scores[lesson] > 0


def test_the_whole_identifier_counts_more_than_its_parts(index: Bm25sIndex) -> None:
    built = Bm25sIndex(["the box and its sizing, well and truly", "set box-sizing: border-box here now"])
    assert built.scores("box-sizing").argmax() == 1


def test_scores_are_lucenes_bm25() -> None:
    texts = ["red red green", "green blue", "blue blue blue yellow", "violet"]
    index = Bm25sIndex(texts, "xx", k1=1.2, b=0.6)
    counts = [Counter(text.split()) for text in texts]
    lengths = [sum(count.values()) for count in counts]
    average = sum(lengths) / len(lengths)
    expected = []
    for count, length in zip(counts, lengths, strict=True):
        score = 0.0
        for word in ("blue", "red", "blue"):
            holders = sum(word in other for other in counts)
            idf = math.log(1 + (len(texts) - holders + 0.5) / (holders + 0.5))
            score += idf * count[word] / (count[word] + 1.2 * (1 - 0.6 + 0.6 * length / average))
        expected.append(score)
    np.testing.assert_allclose(index.scores("blue red blue"), expected, rtol=1e-5)


def test_idf_falls_with_the_number_of_texts_that_have_a_token(index: Bm25sIndex) -> None:
    assert index.idf("nobody") > index.idf("flexbox") > 0
    assert index.idf("nobody") == pytest.approx(math.log(1 + (len(LESSONS) + 0.5) / 0.5))
    assert index.idf("flexbox") == pytest.approx(math.log(1 + (len(LESSONS) - 0.5) / 1.5))


@pytest.mark.parametrize("texts", [[], [""], ["", "..."], ["the"]])
def test_texts_without_words_make_an_index_all_the_same(texts: list[str], tmp_path: Path) -> None:
    built = Bm25sIndex(texts)
    built.save(tmp_path)
    for index in (built, Bm25sIndex.load(tmp_path), Bm25sIndex.load(tmp_path, mmap=True)):
        assert len(index) == len(texts)
        assert index.scores("the word").tolist() == [0.0] * len(texts)
        assert index.idf("word") > 0


def test_a_loaded_index_scores_as_the_built_one(index: Bm25sIndex) -> None:
    built = Bm25sIndex(LESSONS, "en")
    for query in LESSONS:
        np.testing.assert_array_equal(index.scores(query), built.scores(query))
    assert index.tokens("Running boxes") == built.tokens("Running boxes") == ["run", "box"]


@pytest.mark.parametrize("file", ["words.json", "data.csc.index.npy", "indptr.csc.index.npy", "vocab.index.json"])
@pytest.mark.parametrize("how", ["gone", "truncated", "empty", "other"])
def test_a_damaged_index_is_refused(tmp_path: Path, file: str, how: str) -> None:
    Bm25sIndex(LESSONS).save(tmp_path)
    damaged = tmp_path / file
    content = damaged.read_bytes()
    damaged.unlink()
    if how == "other":
        Bm25sIndex(["other", "texts"]).save(tmp_path / "other")
        content = (tmp_path / "other" / file).read_bytes()
    if how != "gone":
        damaged.write_bytes(content[: {"truncated": len(content) - 9, "empty": 0, "other": None}[how]])
    with pytest.raises(IndexMismatch):
        Bm25sIndex.load(tmp_path)


def test_an_index_counted_by_other_rules_is_refused(tmp_path: Path) -> None:
    Bm25sIndex(LESSONS).save(tmp_path)
    about = json.loads((tmp_path / "words.json").read_text())
    (tmp_path / "words.json").write_text(json.dumps(about | {"words": about["words"] - 1}))
    with pytest.raises(IndexMismatch):
        Bm25sIndex.load(tmp_path)


def test_importing_it_brings_no_compiler() -> None:
    script = "import sys, tutor.adapters.bm25s_index; print([m for m in ('numba', 'jax', 'scipy') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, check=True).stdout == b"[]\n"


# Words.


@pytest.mark.parametrize(
    ("language", "text", "tokens"),
    [
        ("en", "What is the difference?", ["what", "differ"]),
        ("en", "course’s don't", ["cours", "don't"]),
        ("en", "HTMLElement GitHub", ["htmlelement", "html", "element", "github", "git", "hub"]),
        ("en", "Wait... .card #main @media", ["wait", ".card", "card", "#main", "main", "@media", "media"]),
        ("en", "a:hover, color: red. End.", [":hover", "hover", "color", "red", "end"]),
        ("en", "npm i --save-dev x", ["npm", "--save-dev", "save", "dev", "x"]),
        ("en-GB", "RUNNING", ["run"]),
        ("es", "¿Cómo funciona la programación?", ["com", "funcion", "program"]),
        ("es", "como funciona la programacion", ["com", "funcion", "program"]),
        ("pt_BR", "programação programacao", ["program", "program"]),
        ("fr", "L’homme qu'il vit à l'école", ["homm", "vit", "ecol"]),
        ("de", "Die Häuser der Straße", ["haus", "strass"]),
        ("ar", "البَرمجة البرمجة", ["برمج", "برمج"]),
        ("hi", "प्रोग्रामिंग", ["प्रोग्रामिंग"]),
        ("zh", "机器学习 HTML标签", ["机器", "器学", "学习", "html", "标签"]),
        ("ja", "字", ["字"]),
        ("xx", "Running the boxes", ["running", "the", "boxes"]),
        ("", "Boxes", ["boxes"]),
        ("en", "ﬁne ①", ["fine", "1"]),
        ("en", "<div> **bold** `x_y`", ["div", "bold", "x_y", "x", "y"]),
        ("en", "f" * 200, []),
    ],
)
def test_a_text_gives_its_tokens(language: str, text: str, tokens: list[str]) -> None:
    assert Words(language).tokens(text) == tokens


ENGLISH = Words("en")


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=80))
def test_any_text_gives_short_tokens_the_same_every_time(text: str) -> None:
    tokens = ENGLISH.tokens(text)
    assert tokens == Words("en").tokens(text)
    assert all(0 < len(token) <= 60 for token in tokens)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text("abcXYZé字09", min_size=1, max_size=8), max_size=8))
def test_words_are_counted_one_by_one(words: list[str]) -> None:
    assert ENGLISH.tokens(" ".join(words)) == [token for word in words for token in ENGLISH.tokens(word)]


def test_threads_may_share_words() -> None:
    shared = Words("en")
    texts = [f"{stem}{ending} number{number}ings" for number in range(300) for stem, ending in [("walk", "ing")]]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(shared.tokens, texts)) == [Words("en").tokens(text) for text in texts]
