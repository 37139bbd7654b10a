"""The loader: one script on any site, a launcher, and the panel when it is opened."""

from __future__ import annotations

import gzip

import pytest

from tests.pages.host_pages import box, launcher
from tests.pages.loader_scene import LESSON, WIDTH, Scene
from tests.pages.loader_scene import scene as scene
from tutor.resources import web_directory

HELP = "<button id=help onclick=\"document.querySelector('course-tutor').open()\">Help</button>"
WITHIN = "let at = document.activeElement; while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;"
FOCUSED = f"() => {{ {WITHIN} return at.id || at.localName }}"
# Counts the listeners that the loader has on what outlives it.
WATCHED = """<script>
  window.listening = 0;
  for (const target of [window, document, visualViewport, navigation, MediaQueryList.prototype]) {
    const add = target.addEventListener;
    target.addEventListener = function (name, listener, options) {
      if (new Error().stack.includes("/loader")) listening++;
      options?.signal?.addEventListener("abort", () => listening--);
      return add.call(this, name, listener, options);
    };
  }
</script>"""
EARLY = """<script>
  window.courseTutor = window.courseTutor || [];
  courseTutor.push(["setLesson", "01-basics/02-frames.md"]);
  courseTutor.push(["ask", "What is a frame?", { mode: "simple", send: false }]);
  courseTutor.push(["remove"], "open", null, 7);
</script>"""


def test_the_loader_is_at_most_5_kb() -> None:
    assert len(gzip.compress((web_directory() / "loader" / "loader.js").read_bytes(), 9)) <= 5 * 1024


def test_nothing_but_the_loader_is_asked_for_before_the_tutor_is_opened(scene: Scene) -> None:
    page = scene.load()
    launcher(page).hover()
    launcher(page).focus()
    page.wait_for_load_state("networkidle")
    assert scene.tutor.asked == ["/loader.js"]
    assert not page.locator("iframe").count()


def test_the_launcher_opens_the_panel_once_and_it_stays_as_it_was_left(scene: Scene) -> None:
    page = scene.load()
    page.get_by_role("button", name="Ask the tutor").click()
    field = scene.opened().locator("textarea")
    scene.until_asked()
    assert page.evaluate(FOCUSED) == "iframe"
    assert page.get_by_role("dialog", name="Ask the tutor").is_visible()
    assert page.get_by_role("button", name="Close the tutor").get_attribute("aria-expanded") == "true"
    field.fill("What is")
    for _ in range(4):
        launcher(page).click()
    assert field.input_value() == "What is"
    origin = scene.host.origin.replace(":", "%3A").replace("/", "%2F")
    asked = [path for path in scene.tutor.asked if path.startswith("/panel/")]
    assert asked == [f"/panel/networks?embed=bubble&origin={origin}&lang=en"]


@pytest.mark.parametrize(
    ("tabs", "opener", "place"), [(3, "button", "panel"), (3, "button", "launcher"), (2, "help", "panel")]
)
def test_escape_closes_the_panel_and_gives_the_focus_back_to_what_opened_it(
    scene: Scene, tabs: int, opener: str, place: str
) -> None:
    page = scene.load(LESSON + HELP)
    launcher(page).wait_for()
    for _ in range(tabs):
        page.keyboard.press("Tab")
    assert page.evaluate(FOCUSED) == opener
    page.keyboard.press("Enter")
    scene.opened()
    scene.until_asked()
    if place == "launcher":
        launcher(page).focus()
    page.keyboard.press("Escape")
    scene.until("!tutor.opened")
    assert page.evaluate(FOCUSED) == opener
    assert launcher(page).get_attribute("aria-expanded") == "false"
    assert not page.get_by_role("dialog").is_visible()
    assert scene.heard("closed") == [{"ct": 1, "type": "closed"}]
    page.keyboard.press("Space")
    scene.until_asked()


def test_an_element_on_the_page_takes_the_place_of_the_scripts_own(scene: Scene) -> None:
    page = scene.load(f'{LESSON}<course-tutor course="networks" language="fr"></course-tutor>', language="de")
    page.get_by_role("button", name="Demander au tuteur").wait_for()
    assert page.locator("course-tutor").count() == 1


def test_only_the_tutors_own_attributes_are_taken_from_the_script_and_are_properties(scene: Scene) -> None:
    page = scene.load(label="Help me", style="display:none", onclick="alert(1)", side="start")
    page.get_by_role("button", name="Help me").wait_for()
    assert sorted(scene.of_tutor("tutor.getAttributeNames()")) == ["course", "label", "side"]
    assert box(launcher(page))["x"] < 40
    scene.of_tutor("[tutor.label = 'Ask Ada', tutor.side = 'end']")
    assert box(page.get_by_role("button", name="Ask Ada"))["x"] > 640
    assert scene.of_tutor("[tutor.course, tutor.label]") == ["networks", "Ask Ada"]


def test_calls_made_before_the_loader_came_are_made_up_for(scene: Scene) -> None:
    page = scene.load(head=EARLY)
    scene.opened()
    scene.until_told("heard.some(({ type }) => type === 'ask')")
    asked = {"ct": 1, "type": "ask", "question": "What is a frame?", "mode": "simple", "send": False}
    assert scene.heard("ask") == [asked]
    assert scene.heard("context")[0]["lesson"] == "01-basics/02-frames.md"
    assert page.locator("course-tutor").count() == 1


def test_calls_wait_for_a_tutor_that_the_page_makes_later_and_then_go_the_same_way(scene: Scene) -> None:
    page = scene.load(own_tag=f'<script type="module" src="{scene.tutor.origin}/loader.js"></script>')
    page.evaluate("courseTutor.push(['open'])")
    page.evaluate(
        "() => { const tutor = document.createElement('course-tutor'); tutor.course = 'networks';"
        " document.body.append(tutor) }"
    )
    panel = scene.opened()
    scene.until_told("heard.some(({ focus }) => focus)")
    page.evaluate("courseTutor.push(['ask', 'Why?'], ['newConversation'])")
    scene.until_told("heard.some(({ type }) => type === 'new')")
    assert [message["type"] for message in panel.evaluate("heard")][-2:] == ["ask", "new"]
    page.evaluate("courseTutor.push(['close'])")
    assert not page.get_by_role("dialog").is_visible()


def test_a_tutor_that_is_taken_away_leaves_nothing_behind(scene: Scene) -> None:
    page = scene.load(head=WATCHED, mode="side")
    scene.open()
    assert page.evaluate("[listening > 8, document.adoptedStyleSheets.length > 0]") == [True, True]
    scene.of_tutor("(window.taken = tutor).remove()")
    assert page.evaluate("[listening, document.adoptedStyleSheets.length]") == [0, 0]
    assert len(page.frames) == 1
    assert page.evaluate(WIDTH) == 1280
    page.evaluate("document.body.append(taken)")
    page.get_by_role("dialog").wait_for()
    scene.opened()


@pytest.mark.parametrize(
    ("language", "words"),
    [("es-MX", "Preguntar al tutor"), ("hi", "ट्यूटर से पूछें"), ("zh-Hans", "向导师提问"), ("xx", "Ask the tutor")],
)
def test_the_launcher_speaks_the_pages_language(scene: Scene, language: str, words: str) -> None:
    scene.load(attributes=f'lang="{language}"').get_by_role("button", name=words).wait_for()


@pytest.mark.parametrize(
    ("away", "logged"), [("/assets/", ["frame.js", "ERR_FAILED"]), ("/panel/", ["404"])], ids=["server", "panel"]
)
def test_what_does_not_come_is_told_of_and_tried_again(scene: Scene, away: str, logged: list[str]) -> None:
    answers = scene.tutor.answers
    missing = {path: answers.pop(path) for path in list(answers) if path.startswith(away)}
    page = scene.load(later=True)
    page.expected.extend(logged)  # type: ignore[attr-defined]
    page.evaluate("addEventListener('course-tutor:error', ({ detail }) => (window.wrong = detail))")
    launcher(page).click()
    scene.until("window.wrong", later=True)
    assert page.evaluate("wrong") == {"course": "networks", "code": "unreachable"}
    link = page.get_by_role("link", name="This did not load. Open the tutor’s page")
    if away == "/assets/":
        assert link.get_attribute("href") == f"{scene.tutor.origin}/courses/networks"
    answers.update(missing)
    launcher(page).click()
    scene.open()
    assert not link.is_visible()
