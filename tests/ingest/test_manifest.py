"""course.yaml as people write it, with every way to get it wrong answered by a sentence that names the key."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.manifest import course_info
from tutor.errors import InvalidRequest
from tutor.models import Contact, CourseInfo, FollowUpRules, LessonQuestions

FULL = """
title: Deep learning
description: From neurons to transformers.
language: es
order: [02-b.md, 01-a.md]
licence: CC BY 4.0
authorship: [Ada, Bob]
contacts:
  - {kind: email, label: Ada, value: ada@example.org}
  - {kind: whatsapp, label: Group, value: "+49 170 123-4567"}
  - {kind: link, value: https://example.org/help}
greeting: Hello!
popular_questions:
  - What is a neuron?
  - lesson: ./02-b.md
    questions: ["What is a layer?", 1, ""]
  - lesson: 01-a.md
    questions: []
base_url: https://example.org/course/
graded_lessons: ["*/exam.md", "./homework/[1-3].md"]
allowed_hosts: [Example.org., "*.bücher.example", example.org]
mask_personal_data: false
most_verbatim_words: 80
origins: [https://School.example, "http://localhost:3000", "https://school.example:443"]
follow_ups:
  email: team@example.org
  consent: I agree.
"""


def test_everything_that_can_be_said_is_kept() -> None:
    info, order, base_url = course_info(FULL.encode(), "dl")
    assert info == CourseInfo(
        slug="dl",
        title="Deep learning",
        language="es",
        description="From neurons to transformers.",
        greeting="Hello!",
        licence="CC BY 4.0",
        popular_questions=("What is a neuron?",),
        contacts=(
            Contact("email", "Ada", "ada@example.org"),
            Contact("whatsapp", "Group", "491701234567"),
            Contact("link", "https://example.org/help", "https://example.org/help"),
        ),
        graded_lessons=("*/exam.md", "homework/[1-3].md"),
        allowed_hosts=("example.org", "*.xn--bcher-kva.example"),
        mask_personal_data=False,
        most_verbatim_words=80,
        origins=("https://school.example", "http://localhost:3000"),
        follow_ups=FollowUpRules(True, "team@example.org", "I agree."),
        lesson_questions=(
            LessonQuestions("02-b.md", ("What is a layer?", "1")),
            LessonQuestions("01-a.md", ()),
        ),
    )
    assert order == ("02-b.md", "01-a.md")
    assert base_url == "https://example.org/course/"


@pytest.mark.parametrize("data", [None, b"", b"# nothing yet\n", b"title:\n"])
def test_without_a_title_the_slug_says_it(data: bytes | None) -> None:
    assert course_info(data, "deep-learning_101") == (CourseInfo("deep-learning_101", "Deep learning 101"), (), "")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("titel: x", "titel: there is no such key; did you mean title?"),
        ("license: x", "did you mean licence?"),
        ("zzz: x", "keys are title, description"),
        ("title: [a]", "title: must be text (put it in quotes)"),
        ("title: yes", "title: must be text (put it in quotes)"),
        ("order: a.md", "order: must be a list"),
        ("order: [a.md, a.md]", "order: a.md is there twice"),
        ("language: English", "no language code: write en, es or pt-BR"),
        ("base_url: example.org", "base_url: 'example.org' is no address"),
        ("base_url: javascript:alert(1)", "is no address"),
        ("contacts: [{kind: phone, value: x}]", "contacts, item 1, kind"),
        ("contacts: [{kind: email}]", "contacts, item 1, value: is missing"),
        ("contacts: [{kind: email, value: ada(at)x}]", "contacts, item 1: value 'ada(at)x' is no email address"),
        ("contacts: [{kind: whatsapp, value: call me}]", "is no telephone number"),
        ("contacts: [{kind: whatsapp, value: '12345'}]", "has 5 digits"),
        ("contacts: [{kind: link, value: 'http://x.org'}]", "is no https:// address"),
        ("contacts: [{kind: link, value: 'https://a@x.org'}]", "is no https:// address"),
        ("contacts: [{kind: link, value: 'https://x.org', url: x}]", "contacts, item 1, url: there is no such key"),
        ("graded_lessons: exam.md", "graded_lessons: must be a list"),
        ("graded_lessons: [a.md, ./a.md]", "graded_lessons: a.md is there twice"),
        ("allowed_hosts: ['https://example.org']", "allowed_hosts: 'https://example.org' is no name of a host"),
        ("allowed_hosts: ['example.org:8000']", "is no name of a host"),
        ("allowed_hosts: [example.org/course]", "is no name of a host"),
        ("allowed_hosts: ['a@example.org']", "is no name of a host"),
        ("allowed_hosts: ['*']", "is no name of a host"),
        ("allowed_hosts: ['*.org']", "is no name of a host: write example.org, or '*.example.org'"),
        ("allowed_hosts: ['ex*mple.org']", "is no name of a host"),
        ("allowed_hosts: [10.0.0.1]", "is no name of a host"),
        ("allowed_hosts: ['']", "is no name of a host"),
        ("mask_personal_data: perhaps", "mask_personal_data: must be true or false"),
        ("mask_personal_data: 1", "mask_personal_data: must be true or false"),
        ("most_verbatim_words: many", "most_verbatim_words: must be a whole number"),
        ("most_verbatim_words: 2.5", "most_verbatim_words: must be a whole number"),
        ("most_verbatim_words: true", "most_verbatim_words: must be a whole number"),
        ("most_verbatim_words: -1", "most_verbatim_words: must be 0 or more"),
        ("origins: https://school.example", "origins: must be a list"),
        ("origins: [school.example]", "origins: 'school.example' is no origin; write it like https://school.example"),
        ("origins: ['https://school.example/course']", "is no origin"),
        ("origins: ['https://*.school.example']", "is no origin"),
        ("origins: ['*']", "is no origin"),
        ("origins: ['null']", "is no origin"),
        ("popular_questions: What is TCP?", "popular_questions: must be a list"),
        ("popular_questions: [[a]]", "popular_questions, item 1, questions, item 1: must be text"),
        ("popular_questions: [a, {questions: [b]}]", "popular_questions, item 2, lesson: is missing"),
        ("popular_questions: [{lesson: a.md}]", "popular_questions, item 1, questions: is missing"),
        ("popular_questions: [{lesson: a.md, question: b}]", "there is no such key; did you mean questions?"),
        ("follow_ups: yes", "follow_ups: must be keys with values"),
        ("follow_ups: {emial: a@b.org}", "follow_ups, emial: there is no such key; did you mean email?"),
        ("follow_ups: {email: nobody}", "follow_ups, email: 'nobody' is no email address"),
        ("follow_ups: {enabled: 1}", "follow_ups, enabled: must be true or false"),
        ("a: [", "not valid YAML at line"),
        ("- a", "must be keys with values"),
        ("date: 2024-13-45", "cannot read"),
        ("!!python/object/apply:os.system [ls]", "not valid YAML"),
        ("\x00", "binary"),
    ],
)
def test_mistakes_are_named_with_their_key(content: str, message: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        course_info(content.encode(), "x")
    assert message in str(caught.value)
    assert str(caught.value).startswith("course.yaml")


def test_the_order_names_lessons_that_are_there() -> None:
    data = b"order: [01-intro.md, ./02-b.md]"
    assert course_info(data, "x", ["02-b.md", "01-intro.md"])[1] == ("01-intro.md", "02-b.md")
    with pytest.raises(InvalidRequest, match=r"there is no lesson 02-b\.md; did you mean 02-bb\.md\?"):
        course_info(data, "x", ["01-intro.md", "02-bb.md"])


def test_what_is_graded_is_among_the_lessons() -> None:
    data = b"graded_lessons: ['exams/*', '[2024] test.md']"
    assert course_info(data, "x", ["exams/1/a.md", "[2024] test.md"])[0].graded_lessons == ("exams/*", "[2024] test.md")
    with pytest.raises(InvalidRequest, match=r"graded_lessons: there is no lesson exams/\*"):
        course_info(data, "x", ["[2024] test.md"])
    with pytest.raises(InvalidRequest, match=r"there is no lesson exam\.md; did you mean exams\.md\?"):
        course_info(b"graded_lessons: [exam.md]", "x", ["exams.md"])


def test_questions_are_of_lessons_that_are_there() -> None:
    data = b"popular_questions: ['Why?', {lesson: ./a.md, questions: ['Why not?']}]"
    info, _, _ = course_info(data, "x", ["a.md"])
    assert (info.popular_questions, info.lesson_questions) == (("Why?",), (LessonQuestions("a.md", ("Why not?",)),))
    with pytest.raises(InvalidRequest, match=r"popular_questions: there is no lesson a\.md; did you mean ab\.md\?"):
        course_info(data, "x", ["ab.md"])


def test_masking_is_left_to_the_server_where_nothing_is_said() -> None:
    assert course_info(b"mask_personal_data:", "x")[0].mask_personal_data is None
    assert course_info(b"mask_personal_data: yes", "x")[0].mask_personal_data is True


def test_students_may_leave_their_address_only_where_the_course_says_so() -> None:
    assert course_info(b"title: x", "x")[0].follow_ups == FollowUpRules()
    assert course_info(b"follow_ups: {email: a@b.org, consent: }", "x")[0].follow_ups == FollowUpRules(True, "a@b.org")
    assert not course_info(b"follow_ups: {email: a@b.org, enabled: no}", "x")[0].follow_ups.enabled


def test_numbers_and_norwegian_are_taken_as_meant() -> None:
    info, _, _ = course_info(b"title: 101\nlanguage: no", "x")
    assert (info.title, info.language) == ("101", "no")


def test_references_that_multiply_do_no_harm() -> None:
    lines = ["a0: &a0 [x, x]", *(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 60))]
    with pytest.raises(InvalidRequest, match="there is no such key"):
        course_info("\n".join(lines).encode(), "x")
    with pytest.raises(InvalidRequest):
        course_info("\n".join([*lines, "order: *a59"]).encode(), "x")


@settings(deadline=None)
@given(
    st.one_of(st.binary(max_size=100), st.lists(st.sampled_from(FULL), max_size=60).map(lambda c: "".join(c).encode()))
)
def test_any_bytes_are_a_course_or_the_authors_to_fix(data: bytes) -> None:
    with suppress(InvalidRequest):
        course_info(data, "x")


LINE = st.sampled_from(FULL.strip().split("\n"))


@settings(deadline=None)
@given(st.lists(LINE, max_size=14))
def test_any_mixture_of_lines_is_a_course_or_the_authors_to_fix(lines: list[str]) -> None:
    try:
        info, order, _ = course_info("\n".join(lines).encode(), "x")
    except InvalidRequest:
        return
    else:
        assert info.title
        assert all(isinstance(path, str) for path in order)
