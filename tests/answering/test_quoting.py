"""Answers made of the lessons' own sentences."""

from __future__ import annotations

import json
import re

import pytest
from markdown_it import MarkdownIt

from tests.conftest import ROOT, TinyCourse
from tests.support.answers import check_turn
from tutor.answering.answers import AnswerWriter, escaped
from tutor.answering.question_type import QuestionType, is_caption
from tutor.answering.quoting import _by_lesson
from tutor.answering.spans import Span, _item_start, _joined
from tutor.models import Lesson, Turn
from tutor.pipeline.course_tutor import CourseTutor, Question

GOLDEN = [json.loads(line) for line in (ROOT / "corpus/questions.jsonl").read_text("utf-8").splitlines()]
LESSON = """# Pipes

Have you ever wondered what carries water? A pump pushes it.

A **pipe** is a tube that carries water. Pipes may leak.

Figure: A pipe and a pump, seen from above.

## How to join two pipes

Join two pipes so:

1. Cut both ends straight.
2. Put glue on the joint:

    ```sh
    glue --joint

    wait
    ```

3. Press for ten seconds.

## Pressure

The pressure in a pipe at depth is

$$
p = \\rho g h
$$

For example, compute the pressure in code:

```python
def pressure(depth):
    return 1000 * 9.81 * depth
```

## Marks

Copper corrodes slowly [3] in hard water, and lasts.[4] Set the gauge with `gauge[0]` before reading.

- Lead is forbidden [5].
- Zinc is allowed [6].

## Check your understanding

1. Which pipe carries water?
"""


def ask(tutor: CourseTutor, question: str) -> Turn:
    """The turn, with coverage out of the way: the hash embedder's vectors are not what it was fitted on."""
    tutor._coverage._model.settings["refuse"] = -1.0
    turn = tutor.ask(Question(question))
    check_turn(tutor.index, turn)
    return turn


@pytest.fixture
def pipes(tiny: TinyCourse) -> CourseTutor:
    return tiny({"pipes.md": LESSON}, budget_tokens=200)


def visible_markers(markdown: str) -> list[str]:
    """The markers outside code, as a reader of the rendered answer sees them."""
    inline = [token for token in MarkdownIt("commonmark").enable("table").parse(markdown) if token.type == "inline"]
    texts = [child.content for token in inline for child in token.children or () if child.type == "text"]
    return re.findall(r"\[(\d+)\]", "".join(texts))


def test_a_definition_comes_first(pipes: CourseTutor) -> None:
    assert ask(pipes, "What is a pipe?").citations[0].quote.startswith("A **pipe** is a tube")


@pytest.mark.parametrize(
    ("question", "opening"),
    [
        ("What is retrieval-augmented generation?", "**Retrieval-augmented generation**, or RAG, is"),
        ("What is barge-in?", "**Barge-in** is"),
        ("what is faithfulness", "**Faithfulness** is"),
        ("what is prompt injection", "**Prompt injection** is"),
    ],
)
def test_definitions_of_the_sample_course_come_first(sample: CourseTutor, question: str, opening: str) -> None:
    quotes = [citation.quote for citation in sample.ask(Question(question)).citations]
    assert opening in quotes[0]


def test_a_how_to_gets_all_steps_with_their_introduction(pipes: CourseTutor) -> None:
    quotes = "\n".join(citation.quote for citation in ask(pipes, "How do I join two pipes?").citations)
    assert "Join two pipes so:\n\n1. Cut both ends straight.\n2. Put glue" in quotes
    assert "3. Press for ten seconds." in quotes


def test_a_difference_shows_both_sides(sample: CourseTutor) -> None:
    for one, other in (("BM25", "dense search"), ("prefix cache", "semantic cache"), ("direct injection", "indirect")):
        answer = sample.ask(Question(f"What is the difference between {one} and {other}?")).answer.lower()
        assert one.lower() in answer
        assert other.lower() in answer


def test_formulas_and_code_are_whole_and_follow_what_introduces_them(pipes: CourseTutor) -> None:
    quotes = [citation.quote for citation in ask(pipes, "pressure in a pipe at depth").citations]
    assert any("at depth is\n\n$$\np = \\rho g h\n$$" in quote for quote in quotes)
    quotes = [citation.quote for citation in ask(pipes, "compute the pressure in code example").citations]
    assert any("in code:\n\n```python\ndef pressure(depth):\n    return 1000 * 9.81 * depth\n```" in q for q in quotes)


def test_captions_and_questions_to_the_student_are_no_answers(pipes: CourseTutor) -> None:
    assert "Which pipe carries water" not in ask(pipes, "which pipe carries water").answer
    assert "Figure:" not in ask(pipes, "a pipe and a pump, seen from above").answer
    assert is_caption("*Figure 3: a pump*")
    assert not is_caption("Figures are drawn.")


@pytest.mark.parametrize("question", [golden["question"] for golden in GOLDEN[1::4]])
def test_answers_of_the_sample_course_read_well(sample: CourseTutor, question: str) -> None:
    turn = sample.ask(Question(question))
    if not turn.citations:
        return
    for citation in turn.citations:
        quote = citation.quote
        prose = re.sub(r"```.*?```|`[^`]*`|\\.", "", quote, flags=re.DOTALL)
        assert quote == quote.strip()
        assert quote.count("```") % 2 == 0
        assert quote.count("$$") % 2 == 0
        assert prose.count("**") % 2 == 0
        assert prose.count("[") == prose.count("]")
        assert not quote.endswith("?")
        before = sample.index.lessons[sample.index.position[citation.lesson]].text[: citation.source_start]
        assert not before or before[-1].isspace()
        assert not before.rstrip(" ")[-1:].isalnum()
    assert [citation.number for citation in turn.citations] == list(map(int, visible_markers(turn.answer)))
    blocks = any(re.search(r"^ *(?:```|\||[-*] |\d+\. )", citation.quote, re.MULTILINE) for citation in turn.citations)
    assert len(turn.answer.split()) <= 220 or blocks


def test_the_scene_that_a_lesson_opens_with_is_no_answer(sample: CourseTutor) -> None:
    answer = sample.ask(Question("How does hybrid search merge scores?")).answer
    assert "merging the results" in answer
    assert "librarians" not in answer


def test_what_answers_best_comes_first_wherever_it_stands_in_the_lesson() -> None:
    one, other = Lesson("a.md", "A", "One. Two. Three."), Lesson("b.md", "B", "Four.")
    best, second = Span(one, "A", 10, 16, 2.0, 0), Span(one, "A", 0, 4, 1.5, 0)
    elsewhere, meant = Span(other, "B", 0, 5, 1.8, 1), Span(one, "A", 5, 9, 1.0, 0, leads=True)
    assert _by_lesson([best, elsewhere, second]) == [[best, second], [elsewhere]]
    assert _by_lesson([best, second, meant]) == [[meant, best, second]], "a definition that was asked for is read first"


def test_no_lesson_says_again_what_another_has_said(tiny: TinyCourse) -> None:
    text = "Recursion is the idea that a function calls itself."
    tutor = tiny({"a.md": f"# Calls\n\n{text}", "b.md": f"# Again\n\n{text}"})
    tutor._quoting._model.settings["span"] = 100.0
    assert ask(tutor, "recursion").answer.count("Recursion is the idea") == 1


LEANING = """# Dams

Beavers build dams of branches and mud.

They do so to make a pond with an entrance under water.

## Lodges

This also keeps wolves away from the lodge in the middle of the pond.
"""


def test_a_sentence_comes_with_what_it_leans_on_or_not_at_all(tiny: TinyCourse) -> None:
    tutor = tiny({"dams.md": LEANING}, budget_tokens=200)
    tutor._quoting._model.settings["span"] = 100.0
    quotes = [each.quote for each in ask(tutor, "a pond with an entrance under water").citations]
    assert any(quote.startswith("Beavers build dams") and "under water" in quote for quote in quotes)
    assert not any(quote.startswith(("They", "This")) for quote in quotes)


def test_what_leans_on_nothing_that_can_be_quoted_is_better_than_no_answer(tiny: TinyCourse) -> None:
    tutor = tiny({"lodges.md": "# Lodges\n\nThis keeps wolves away from the lodge."})
    assert ask(tutor, "wolves away from the lodge").citations[0].quote == "This keeps wolves away from the lodge."


def test_nothing_of_a_lesson_is_said_twice(tiny: TinyCourse) -> None:
    text = "Recursion is the idea that a function calls itself."
    tutor = tiny({"a.md": f"# Calls\n\n{text}\n\n## More\n\n{text}"})
    tutor._quoting._model.settings["span"] = 100.0
    assert ask(tutor, "recursion").answer.count("Recursion is the idea") == 1


@pytest.mark.parametrize(("passage", "spans"), [(0, ["One. Two."]), (1, ["One.", "Two."])])
def test_quotes_that_touch_are_one_unless_a_passage_ends_between_them(passage: int, spans: list[str]) -> None:
    lesson = Lesson("a.md", "A", "One. Two. Three.")
    chosen = _joined([Span(lesson, "A", 0, 4, 1.0, 0)], Span(lesson, "A", 5, 9, 0.5, passage))
    assert [span.text for span in chosen] == spans


def test_a_list_item_begins_at_its_marker() -> None:
    assert _item_start(LESSON, LESSON.index("Put glue")) == LESSON.index("2. Put glue")
    assert _item_start(LESSON, LESSON.index("```sh")) == LESSON.index("2. Put glue")


def written(text: str, quote: str) -> str:
    writer = AnswerWriter()
    start = text.index(quote)
    writer.quote(Lesson("a.md", "A", text), "", start, start + len(quote))
    answer = writer.answer()
    (citation,) = answer.citations
    assert answer.text[citation.answer_start : citation.answer_end] == quote
    return answer.text


def test_a_quote_with_a_footnote_mark_stands_in_quotation_marks() -> None:
    assert written("Copper corrodes [3] slowly.", "Copper corrodes [3] slowly.") == "“Copper corrodes [3] slowly.” [1]"
    assert written("Set `gauge[0]` first.", "Set `gauge[0]` first.") == "Set `gauge[0]` first. [1]"
    assert written("- Lead [5]\n- Zinc [6]", "- Lead [5]\n- Zinc [6]") == "- Lead [5]\n- Zinc [6]\n\n[1]"


@pytest.mark.parametrize("block", ["```\na[0]\n```", "| a |\n| - |\n| b |", "$$\nx\n$$"])
def test_a_marker_stands_apart_from_blocks_that_would_swallow_it(block: str) -> None:
    assert written(block, block) == f"{block}\n\n[1]"


def test_a_quote_leaves_out_the_footnote_mark_that_it_ends_with(pipes: CourseTutor) -> None:
    quotes = [citation.quote for citation in ask(pipes, "copper corrodes slowly in hard water").citations]
    assert not any(quote.endswith("[4]") for quote in quotes)


@pytest.mark.parametrize("question", ["glue on the joint", "press for ten seconds", "zinc is allowed", "cut ends"])
def test_markers_are_seen_whatever_list_or_code_a_quote_begins_in(pipes: CourseTutor, question: str) -> None:
    turn = ask(pipes, question)
    own = [turn.answer[citation.answer_end :].lstrip("” \n")[:3] for citation in turn.citations]
    assert own == [f"[{number}]" for number in range(1, len(own) + 1)]
    seen = visible_markers(turn.answer)
    assert all(str(citation.number) in seen for citation in turn.citations)


def test_titles_are_words_and_no_markdown(tiny: TinyCourse) -> None:
    tutor = tiny({"a.md": "# Arrays [1] and \\*stars\\*\n\nAn array holds items in order."})
    assert r"Arrays \[1\]" in ask(tutor, "array items").answer
    rendered = MarkdownIt().render(escaped("*a* [b](c) `d` <e> \\"))
    assert rendered == "<p>*a* [b](c) `d` &lt;e&gt; \\</p>\n"


@pytest.mark.parametrize(
    ("question", "sides"),
    [
        ("difference between let and const", 2),
        ("How is a list different from a tuple?", 2),
        ("BM25 vs dense search", 2),
        ("compare RAG to fine-tuning", 2),
        ("What is a list?", 0),
        ("between two stools", 0),
    ],
)
def test_the_sides_of_a_difference_are_read_from_the_question(question: str, sides: int) -> None:
    assert len(QuestionType.of(question).sides) == sides
