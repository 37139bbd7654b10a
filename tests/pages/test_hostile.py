"""Nothing that a lesson, a course, a student or a model says runs, fetches or leads anywhere in a reader's browser.

`COURSE_TUTOR_HOSTILE_N` sets how many payloads are tried: each as a name, in a lesson, in a search, in a question and
in an answer. Without it there are 50, in `make stress` 1,000.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from urllib.parse import quote, urlencode

import pytest
from playwright.sync_api import Page, expect

from tests.conftest import index_course
from tests.pages.conftest import OpenPage
from tests.pages.hostile_courses import A_COURSE, MOST, harmful, parts, payloads, watch, write_course
from tests.pages.panels import Panel, staged
from tests.pages.scenes import Scenes
from tests.support.hash_embedder import HashEmbedder
from tests.support.served import Served
from tutor.api.pages.lesson_markup import lesson_path

pytestmark = pytest.mark.stress

COUNT = int(os.environ.get("COURSE_TUTOR_HOSTILE_N") or os.environ.get("COURSE_TUTOR_STRESS_N") or A_COURSE)
SEED = int(os.environ.get("COURSE_TUTOR_SEED", "1"))
COURSES = {f"hostile-{number}": some for number, some in enumerate(parts(payloads(min(COUNT, MOST), SEED), A_COURSE))}
AT_ONCE = 25


@pytest.fixture(scope="module")
def scenes() -> Scenes:
    """What answers."""
    return Scenes()


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory, scenes: Scenes) -> Iterator[Served]:
    """A server whose courses are hostile in every name and lesson."""
    folder = tmp_path_factory.mktemp("hostile")
    for slug, some in COURSES.items():
        assert not index_course(write_course(folder / slug, some), slug, folder / "data", HashEmbedder()).skipped
    with staged(folder / "data", scenes) as running:
        yield running


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    """A page, which fails the test on what is run, any request elsewhere, any broken policy and any error."""
    page = open_page("about:blank")
    watch(page)
    return page


def asked(some: Sequence[str]) -> str:
    """A question, or a search, that holds payloads."""
    return "Why? " + " ".join(some)


def test_no_name_and_no_lesson_does_harm_where_it_is_read(stage: Served, page: Page) -> None:
    tried = 0
    for slug, some in COURSES.items():
        info, lessons = stage.tutor.described(slug).info, stage.tutor.lessons(slug)[1]
        page.goto(f"{stage.url}/courses/{slug}")
        assert harmful(page) == []
        assert page.locator(".chips a").all_text_contents() == list(info.popular_questions)
        assert page.locator(".lessons a").all_text_contents() == [lesson.title for lesson in lessons]
        for lesson in lessons:
            page.goto(stage.url + lesson_path(slug, lesson.lesson))
            assert harmful(page) == [], lesson.lesson
            assert page.locator("article").get_attribute("data-title") == lesson.title
        # The panel beside the last of them is told of it.
        page.locator("course-tutor button").click()
        panel = page.frame_locator("course-tutor iframe")
        expect(panel.locator(".about")).to_contain_text(" ".join(lesson.title.split())[:20])
        for path in ("about", "embed"):
            page.goto(f"{stage.url}/courses/{slug}/{path}")
            assert harmful(page) == []
        tried += len(some)
    page.goto(stage.url)
    assert harmful(page) == []
    assert tried == min(COUNT, MOST)


def test_nothing_that_is_searched_or_asked_does_harm_on_a_page(stage: Served, scenes: Scenes, page: Page) -> None:
    page.expected.append("404")  # type: ignore[attr-defined]
    for slug, every in COURSES.items():
        for some in parts(every, AT_ONCE):
            scenes.said = [f"{payload}\n\n" for payload in some]
            words = asked(some)
            for path in (
                f"/courses/{slug}/search?{urlencode({'q': words})}",
                f"/ask?{urlencode({'course': slug, 'question': words})}",
                f"/ask?{urlencode({'course': words, 'question': words})}",
                f"/courses/{slug}/embed?{urlencode({'greeting': words[:500], 'mode': words, 'language': words})}",
                f"/courses/{quote(words[:500], safe='')}",
                f"/panel/{slug}?{urlencode({'lang': some[0][:40]})}",
            ):
                page.goto(stage.url + path)
                assert harmful(page) == [], path


def test_no_greeting_question_or_answer_does_harm_in_the_panel(stage: Served, scenes: Scenes, page: Page) -> None:
    for slug, every in COURSES.items():
        info = stage.tutor.described(slug).info
        page.goto(f"{stage.url}/panel/{slug}")
        panel = Panel(page)
        assert page.locator(".greeting").text_content() == info.greeting
        shown = page.locator(".popular button").all_text_contents()
        assert shown
        assert set(shown) <= set(info.popular_questions)
        for some in parts(every, AT_ONCE):
            scenes.said = [f"{payload}\n\n" for payload in some]
            panel.answered(asked(some))
            for mark in panel.answer.locator(".cite").all()[:1]:
                mark.focus()
            assert harmful(page) == []
        scenes.said = None
        panel.answered("nothing")
        expect(panel.answer.locator(".contacts li")).to_have_count(len(every))
        panel.answer.get_by_role("button", name="Leave my email").click()
        page.get_by_role("button", name="Conversations and more").click()
        expect(page.locator(".conversation").first).to_be_visible()
        assert harmful(page) == []
        page.keyboard.press("Escape")
        page.reload()
        expect(panel.answers.last).to_be_visible()
        assert harmful(page) == []
