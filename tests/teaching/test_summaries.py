"""Lessons in a few of their own sentences."""

from __future__ import annotations

from tests.teaching.conftest import StartTalk
from tutor.models import Mode
from tutor.teaching.summaries import stands_alone


def test_each_section_gives_a_sentence_below_its_heading(talk: StartTalk) -> None:
    turn = talk().say("summarise this lesson", Mode.SUMMARY, "pumps.md")
    assert [name in turn.answer for name in ("**Pumps**", "**Choosing a pump**", "**Winter care**")] == [True] * 3
    assert len(turn.citations) == 3
    assert {citation.lesson for citation in turn.citations} == {"pumps.md"}


def test_exercises_are_no_part_of_a_summary(talk: StartTalk) -> None:
    assert "Check your" not in talk().say("summarise this lesson", Mode.SUMMARY, "pipes.md").answer


def test_the_lesson_is_the_one_that_is_named_at_hand_or_asked_about(talk: StartTalk) -> None:
    said = talk()
    said.say("What is a filter?", Mode.ANSWER)
    assert said.say("summary of that lesson", Mode.SUMMARY).citations[0].lesson == "filters.md"
    assert said.say("summarise this page", Mode.SUMMARY, "pipes.md").citations[0].lesson == "pipes.md"
    assert said.say("summary of soldering flux", Mode.SUMMARY, "pumps.md").citations[0].lesson == "pipes.md"


def test_sentences_that_lean_on_others_or_are_cut_do_not_stand_alone() -> None:
    assert stands_alone("A pump is a machine that pushes water uphill.")
    assert not stands_alone("This is why a pump is a machine that pushes water.")
    assert not stands_alone("A pump has **two parts that are hard to tell apart.")
    assert not stands_alone("A pump needs the following three things in order to run:")
    assert not stands_alone("Why does a pump need power from a motor?")
