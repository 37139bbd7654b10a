"""What a student thinks of an answer."""

from __future__ import annotations

from playwright.sync_api import Locator, expect

from tests.pages.panels import Panel
from tests.pages.test_panel import data, panel, scenes, stage

__all__ = ["data", "panel", "scenes", "stage"]


def pressed(answer: Locator) -> list[str | None]:
    return [
        answer.get_by_role("button", name=name).get_attribute("aria-pressed") for name in ("Good answer", "Bad answer")
    ]


def test_thumbs_up_is_kept_at_once_and_thumbs_down_may_be_explained(panel: Panel) -> None:
    answer = panel.answered("Tell me")
    with panel.page.expect_response("**/feedback") as kept:
        answer.get_by_role("button", name="Good answer").click()
    assert kept.value.json()["rating"] == "up"
    expect(answer.get_by_role("button", name="Good answer")).to_have_attribute("aria-pressed", "true")
    with panel.page.expect_response("**/feedback") as kept:
        answer.get_by_role("button", name="Bad answer").click()
    assert (kept.value.json()["rating"], kept.value.json()["reasons"]) == ("down", [])
    expect(answer.get_by_role("region", name="A person can help")).to_be_visible()
    answer.get_by_label("Incomplete").check()
    answer.get_by_label("Anything else?").fill("More on windows, please.")
    with panel.page.expect_response("**/feedback") as kept:
        answer.get_by_role("button", name="Send", exact=True).click()
    assert kept.value.json()["reasons"] == ["incomplete"]
    assert kept.value.json()["note"] == "More on windows, please."
    expect(answer.locator(".thanks")).to_be_focused()


def test_it_is_shown_after_a_reload_and_can_be_changed(panel: Panel) -> None:
    for question, name in (("one", "Good answer"), ("two", "Bad answer"), ("three", "")):
        answer = panel.answered(question)
        if name:
            with panel.page.expect_response("**/feedback"):
                answer.get_by_role("button", name=name).click()
    panel.page.reload()
    expect(panel.answers).to_have_count(3)
    assert [pressed(answer) for answer in panel.answers.all()] == [
        ["true", "false"],
        ["false", "true"],
        ["false", "false"],
    ]
    expect(panel.page.locator("form.feedback")).to_have_count(0)
    panel.answers.first.get_by_role("button", name="Bad answer").click()
    expect(panel.answers.first.locator("form.feedback")).to_be_visible()
    assert pressed(panel.answers.first) == ["false", "true"]


def test_what_could_not_be_sent_is_not_shown_as_kept(panel: Panel) -> None:
    panel.page.expected.append("net::ERR")  # type: ignore[attr-defined]
    answer = panel.answered("Tell me")
    with panel.page.expect_response("**/feedback"):
        answer.get_by_role("button", name="Good answer").click()
    panel.page.route("**/feedback", lambda route: route.abort())
    answer.get_by_role("button", name="Bad answer").click()
    expect(panel.status).to_have_text("That could not be sent. Please try again.")
    assert pressed(answer) == ["true", "false"]
    expect(answer.locator("form.feedback")).to_have_count(0)
