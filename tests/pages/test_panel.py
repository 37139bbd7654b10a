"""What a student can do in the panel."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.pages.conftest import OpenPage
from tests.pages.panels import PANEL, Panel, staged, staged_data
from tests.pages.scenes import QUOTE, Scenes
from tests.support.served import COURSE, Served

READER = f"/courses/{COURSE}/lessons/02-transport/01-tcp.md#s=7-58"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The course."""
    return staged_data(tmp_path_factory.mktemp("panel"))


@pytest.fixture(scope="module")
def scenes() -> Scenes:
    """What answers."""
    return Scenes()


@pytest.fixture(scope="module")
def stage(data: Path, scenes: Scenes) -> Iterator[Served]:
    """A server that plays scenes."""
    with staged(data, scenes) as running:
        yield running


@pytest.fixture
def panel(stage: Served, open_page: OpenPage) -> Panel:
    """The full page of the panel."""
    return Panel(open_page(stage.url + PANEL))


def test_it_says_that_it_is_a_machine_who_answers_and_how_to_begin(panel: Panel) -> None:
    page = panel.page
    expect(page.get_by_role("heading", level=1)).to_have_text("Computer networks")
    expect(page.locator(".presence")).to_contain_text("AI tutor")
    expect(page.locator(".presence .state")).to_have_text("Quoting the lessons")
    expect(page.locator(".greeting")).to_have_text("Hello!")
    expect(page.locator(".quick button")).to_have_count(4)
    expect(page.locator(".powered")).to_have_text("Powered by the lessons’ own words")
    expect(page.get_by_role("link", name="How answers are made").first).to_have_attribute(
        "href", f"/courses/{COURSE}/about"
    )


def test_a_question_gets_its_answer_with_sources_and_what_to_ask_next(panel: Panel) -> None:
    answer = panel.answered("Tell me")
    expect(panel.questions.locator("p")).to_have_text("Tell me")
    expect(answer.locator(".body")).to_contain_text("TCP numbers every byte that it sends.")
    expect(answer.get_by_role("button", name="Source 2: TCP, Windows")).to_have_text("2")
    expect(answer.locator(".sources li")).to_have_count(2)
    expect(panel.page.locator(".powered")).to_have_text("Powered by scripted-1")
    expect(panel.field).to_be_focused()
    answer.get_by_role("button", name="What does the course say about “Windows”?").click()
    expect(panel.questions).to_have_count(2)


def test_the_first_screen_is_shown_from_its_top(stage: Served, open_page: OpenPage) -> None:
    page = open_page(stage.url + PANEL, size="narrow")
    expect(page.locator(".presence .state")).to_be_visible()
    page.set_viewport_size({"width": 320, "height": 400})
    expect(page.locator(".greeting")).to_be_in_viewport()


def test_a_popular_question_is_asked_by_a_click(panel: Panel) -> None:
    panel.page.get_by_role("button", name="What is a frame?").click()
    expect(panel.questions.locator("p")).to_have_text("What is a frame?")
    panel.ended()


def test_it_says_what_is_being_done_until_the_first_words(panel: Panel) -> None:
    panel.ask("wait")
    expect(panel.answer.locator(".doing")).to_have_text("Searching 3 lessons…")
    panel.page.get_by_role("button", name="Stop").click()
    expect(panel.ended()).to_contain_text("You stopped this answer.")
    panel.ask("write")
    expect(panel.answer.locator(".doing")).to_have_text("Writing…")
    panel.page.get_by_role("button", name="Stop").click()
    panel.ended()
    panel.answered("now")
    expect(panel.answer.locator(".doing")).to_be_hidden()


@pytest.mark.parametrize("way", ["mouse", "keyboard"])
def test_a_mark_shows_its_quote_and_place_and_escape_hides_them(panel: Panel, way: str) -> None:
    mark = panel.answered("Tell me").get_by_role("button", name="Source 1")
    card = panel.page.locator("#source-card")
    if way == "mouse":
        mark.hover()
    else:
        mark.focus()
    expect(card).to_be_visible()
    expect(card).to_contain_text(QUOTE)
    expect(mark).to_have_attribute("aria-describedby", "source-card")
    panel.page.keyboard.press("Escape")
    expect(card).to_be_hidden()


def test_what_is_pointed_at_stays_while_its_quote_is_read(panel: Panel) -> None:
    mark = panel.answered("Tell me").get_by_role("button", name="Source 1")
    panel.page.clock.install()
    mark.hover()
    card = panel.page.locator("#source-card")
    expect(card).to_be_visible()
    card.hover()
    panel.page.clock.run_for(5_000)
    expect(card).to_be_visible()
    panel.page.mouse.move(1, 1)
    expect(card).to_be_hidden()


def test_a_source_opens_the_lesson_at_its_words(panel: Panel) -> None:
    answer = panel.answered("Tell me")
    assert answer.locator(".sources a").first.get_attribute("href") == READER
    with panel.page.context.expect_page() as opened:
        answer.get_by_role("button", name="Source 1").click()
    assert opened.value.url.endswith(READER)


def test_what_the_lessons_do_not_bear_out_is_marked_and_explained(panel: Panel) -> None:
    answer = panel.answered("doubtful")
    expect(answer.locator(".body .unsupported")).to_have_text(
        "Not found in the lessons: It was invented on a rainy Tuesday in 1974."
    )
    expect(answer.locator(".body .partly").first).to_contain_text("Its window is")
    expect(answer.locator(".legend li")).to_have_count(2)


def test_a_refusal_names_the_nearest_lessons_and_offers_a_person(panel: Panel) -> None:
    answer = panel.answered("nothing")
    expect(answer.get_by_role("link", name="Frames")).to_have_attribute(
        "href", f"/courses/{COURSE}/lessons/01-basics/02-frames.md"
    )
    person = answer.get_by_role("region", name="A person can help")
    expect(person).to_be_visible()
    hrefs = [link.get_attribute("href") for link in person.get_by_role("link").all()]
    assert hrefs == ["mailto:ada@example.org", "https://wa.me/15550100123", "https://example.org/hours"]
    panel.answered("covered")
    expect(panel.answer.locator(".person")).to_have_count(0)


def leave_address(panel: Panel, email: str = "ada@example.org") -> None:
    """Fill the form of the newest answer by keyboard, and send it."""
    panel.answer.get_by_role("button", name="Leave my email").click()
    expect(panel.answer.get_by_label("Your email")).to_be_focused()
    panel.page.keyboard.type(email)
    panel.page.keyboard.press("Tab")
    panel.page.keyboard.type("Ada")
    panel.page.keyboard.press("Tab")
    panel.page.keyboard.type("It is for the exam.")
    panel.page.keyboard.press("Tab")
    panel.page.keyboard.press("Space")
    panel.page.keyboard.press("Enter")


def follow_ups(stage: Served) -> list[tuple[str, str]]:
    """The addresses and names of all follow-ups, newest first."""
    listed = stage.client.get(f"/api/v1/courses/{COURSE}/follow-ups").json()["follow_ups"]
    return [(each["email"], each["name"]) for each in listed]


def test_an_address_is_left_and_confirmed_with_a_reference(panel: Panel, stage: Served) -> None:
    panel.answered("nothing")
    leave_address(panel, "one@example.org")
    done = panel.answer.locator(".confirmation")
    expect(done).to_be_focused()
    expect(done.locator("code")).to_have_text(re.compile(r"^F-\w{6}$"))
    expect(done).to_contain_text("one@example.org")
    assert follow_ups(stage).count(("one@example.org", "Ada")) == 1


def test_a_wrong_address_is_told_beside_it_and_nothing_is_lost(panel: Panel) -> None:
    panel.answered("nothing")
    leave_address(panel, "nobody")
    email = panel.answer.get_by_label("Your email")
    expect(email).to_be_focused()
    expect(email).to_have_attribute("aria-invalid", "true")
    expect(panel.answer).to_contain_text("Write an email address such as name@example.org.")
    expect(panel.answer.get_by_label("Anything to add?")).to_have_value("It is for the exam.")


def test_a_follow_up_that_is_sent_twice_or_without_a_network_is_taken_once(panel: Panel, stage: Served) -> None:
    panel.page.expected.append("ERR_INTERNET_DISCONNECTED")  # type: ignore[attr-defined]
    panel.page.expected.append("Failed to load resource")  # type: ignore[attr-defined]
    panel.answered("nothing")
    lost = []

    def lose(route: object) -> None:
        lost.append(route)
        if len(lost) == 1:
            # The server has it, but its answer never arrives.
            route.fetch()  # type: ignore[attr-defined]
            route.abort()  # type: ignore[attr-defined]
        else:
            route.continue_()  # type: ignore[attr-defined]

    panel.page.route("**/follow-ups", lose)
    leave_address(panel, "twice@example.org")
    expect(panel.answer.locator(".trouble")).to_contain_text("There is no connection.")
    panel.page.reload()
    expect(panel.page.locator(".confirmation")).to_be_visible()
    assert len(lost) == 2
    assert follow_ups(stage).count(("twice@example.org", "Ada")) == 1


def test_an_answer_that_failed_can_be_asked_for_again_and_a_question_be_changed(panel: Panel, scenes: Scenes) -> None:
    answer = panel.answered("truncated so")
    expect(answer).to_contain_text("This answer was cut short.")
    answer.get_by_role("button", name="Ask again").click()
    expect(panel.questions).to_have_count(2)
    panel.ended()
    panel.questions.last.hover()
    panel.questions.last.get_by_role("button", name="Edit and ask again").click()
    expect(panel.field).to_have_value("truncated so")
    expect(panel.field).to_be_focused()


def test_an_answer_is_copied_with_its_sources(stage: Served, open_page: OpenPage) -> None:
    panel = Panel(open_page(stage.url + PANEL, permissions=["clipboard-read", "clipboard-write"]))
    panel.answered("Tell me").get_by_role("button", name="Copy the answer with its sources").click()
    expect(panel.status).to_have_text("Copied.")
    copied = panel.page.evaluate("navigator.clipboard.readText()")
    assert "TCP numbers every byte that it sends. [1]" in copied
    assert f"[1] TCP › TCP: {stage.url}{READER}" in copied


def test_conversations_are_begun_found_again_and_downloaded(panel: Panel) -> None:
    page = panel.page
    panel.answered("The first of all")
    page.get_by_role("button", name="New conversation").first.click()
    expect(page.locator(".greeting")).to_be_visible()
    expect(panel.answers).to_have_count(0)
    panel.answered("The second")
    page.get_by_role("button", name="Conversations and more").click()
    page.get_by_role("button", name=re.compile("The first of all")).click()
    expect(panel.questions.locator("p")).to_have_text(["The first of all"])
    expect(panel.body).to_contain_text("TCP numbers every byte that it sends.")
    expect(panel.answer.get_by_role("button", name="Source 2: TCP, Windows")).to_be_visible()
    page.get_by_role("button", name="Conversations and more").click()
    with page.expect_download() as saved:
        page.get_by_role("button", name="Download this conversation").click()
    text = Path(saved.value.path()).read_text(encoding="utf-8")
    assert saved.value.suggested_filename == "networks.md"
    assert "> The first of all" in text
    assert "TCP numbers every byte that it sends. [1]" in text


def test_where_was_i_leads_back_to_the_last_conversation(panel: Panel) -> None:
    page = panel.page
    page.get_by_role("button", name="Where was I?").click()
    expect(page.locator(".where")).to_contain_text("You have not asked anything yet.")
    panel.answered("About frames")
    page.get_by_role("button", name="New conversation").first.click()
    page.get_by_role("button", name="Where was I?").click()
    expect(page.locator(".where")).to_be_focused()
    expect(page.locator(".where")).to_contain_text("About frames")
    page.get_by_role("button", name="Go on from there").click()
    expect(panel.questions.locator("p")).to_have_text(["About frames"])


def test_the_way_to_answer_is_sent_and_a_quiz_goes_on(panel: Panel, scenes: Scenes) -> None:
    panel.page.locator(".mode select").select_option("simple")
    panel.answered("Frames")
    assert scenes.asked[-1].mode == "simple"
    panel.page.get_by_role("button", name="New conversation").first.click()
    panel.page.get_by_role("button", name="Quiz me").click()
    panel.ended()
    panel.answered("Six bytes")
    assert [turn.mode for turn in scenes.asked[-2:]] == ["quiz", "quiz"]


def test_a_question_that_is_too_long_is_told_and_not_sent(panel: Panel, scenes: Scenes) -> None:
    asked = len(scenes.asked)
    panel.ask("👋" * 4_003)
    expect(panel.page.locator(".counter")).to_have_text("4003 / 4000")
    expect(panel.page.locator(".hint")).to_contain_text("That is 3 characters too long.")
    expect(panel.field).to_have_attribute("aria-invalid", "true")
    assert len(scenes.asked) == asked
    longest = "Why? 👋 " + "é" * 3_993
    panel.answered(longest)
    assert scenes.asked[-1].question == longest


def test_a_pasted_picture_is_told_politely(panel: Panel) -> None:
    panel.field.evaluate(
        """field => {
            const data = new DataTransfer();
            data.items.add(new File([new Uint8Array(4)], "a.png", { type: "image/png" }));
            field.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
        }"""
    )
    expect(panel.page.locator(".hint")).to_contain_text("I can only read text")
    expect(panel.status).to_contain_text("I can only read text")


def test_without_a_script_the_answer_is_a_page_of_its_own(stage: Served, open_page: OpenPage) -> None:
    page: Page = open_page(stage.url + PANEL, java_script_enabled=False)
    page.locator("textarea").fill("What is TCP?")
    page.locator(".send").click()
    assert page.url.startswith(f"{stage.url}/ask?course={COURSE}&question=What+is+TCP")


def test_the_words_are_those_of_the_asked_language_and_its_direction(stage: Served, open_page: OpenPage) -> None:
    page = open_page(f"{stage.url}{PANEL}?lang=ar-EG")
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    expect(page.locator("html")).to_have_attribute("lang", "ar")
    expect(page.locator(".machine")).to_have_text("مدرّس بالذكاء الاصطناعي")
    panel = Panel(page)
    panel.answered("Tell me")
    assert panel.body.evaluate("body => getComputedStyle(body).direction") == "ltr"
    for language in ("de", "xx", "<b>"):
        assert stage.client.get(f"{PANEL}?lang={language}").status_code == 200


def test_full_or_forbidden_storage_takes_no_answer_away(stage: Served, open_page: OpenPage) -> None:
    for broken in (
        "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); };",
        "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no', 'SecurityError'); } });",
    ):
        page = open_page("about:blank")
        page.context.add_init_script(broken)
        page.goto(stage.url + PANEL)
        panel = Panel(page)
        panel.answered("Tell me")
        panel.answered("and more")
        expect(panel.answers).to_have_count(2)


def test_a_wrong_clock_changes_nothing(stage: Served, open_page: OpenPage) -> None:
    page = open_page("about:blank")
    page.clock.set_fixed_time("1999-01-01T00:00:00Z")
    page.goto(stage.url + PANEL)
    panel = Panel(page)
    panel.answered("Tell me")
    page.reload()
    expect(panel.answers).to_have_count(1)
