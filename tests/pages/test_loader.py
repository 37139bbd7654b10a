"""The loader: one script on any site, a launcher, and the panel when it is opened."""

from __future__ import annotations

import gzip

import pytest
from playwright.sync_api import Page

from tests.pages.conftest import OpenPage
from tests.pages.host_pages import Site, heard, panel_of, tag, until, until_later
from tutor.resources import web_directory

LESSON = "<main><h1>Masks</h1><p>A mask hides the future.</p><a href='#next'>Next</a></main>"


def focused(page: Page) -> str:
    """The name of the element that has the focus, within shadow roots too."""
    name: str = page.evaluate(
        "() => { let at = document.activeElement; while (at?.shadowRoot?.activeElement) at ="
        " at.shadowRoot.activeElement; return at?.localName ?? '' }"
    )
    return name


def test_the_loader_is_at_most_5_kb() -> None:
    assert len(gzip.compress((web_directory() / "loader" / "loader.js").read_bytes(), 9)) <= 5 * 1024


def test_nothing_but_the_loader_is_asked_for_before_the_tutor_is_opened(
    host: Site, tutor_site: Site, open_page: OpenPage
) -> None:
    page = open_page(host.page(LESSON, head=tag(tutor_site)))
    launcher = page.get_by_role("button", name="Ask the tutor")
    launcher.hover()
    launcher.focus()
    page.wait_for_load_state("networkidle")
    assert tutor_site.asked == ["/loader.js"]
    assert not page.locator("iframe").count()


def test_the_launcher_opens_the_panel_and_the_focus_goes_in(host: Site, tutor_site: Site, open_page: OpenPage) -> None:
    page = open_page(host.page(LESSON, head=tag(tutor_site)))
    page.get_by_role("button", name="Ask the tutor").click()
    panel = panel_of(page)
    until(panel, "document.activeElement.id === 'question'")
    assert focused(page) == "iframe"
    [asked] = [path for path in tutor_site.asked if path.startswith("/panel/")]
    assert asked == f"/panel/networks?embed=bubble&origin={host.origin.replace(':', '%3A').replace('/', '%2F')}&lang=en"
    assert page.get_by_role("dialog", name="Ask the tutor").is_visible()
    assert page.get_by_role("button", name="Close the tutor").get_attribute("aria-expanded") == "true"


def test_escape_in_the_panel_gives_the_focus_back_to_the_launcher(
    host: Site, tutor_site: Site, open_page: OpenPage
) -> None:
    page = open_page(host.page(LESSON, head=tag(tutor_site)))
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert focused(page) == "button"
    page.keyboard.press("Enter")
    until(panel_of(page), "document.activeElement.id === 'question'")
    page.keyboard.press("Escape")
    until(page, "!document.querySelector('course-tutor').opened")
    assert focused(page) == "button"
    assert not page.get_by_role("dialog").is_visible()
    assert heard(panel_of(page), "closed") == [{"ct": 1, "type": "closed"}]
    page.keyboard.press("Space")
    until(panel_of(page), "document.activeElement.id === 'question'")


def test_escape_on_the_launcher_closes_the_panel(host: Site, tutor_site: Site, open_page: OpenPage) -> None:
    page = open_page(host.page(LESSON, head=tag(tutor_site)))
    page.get_by_role("button", name="Ask the tutor").click()
    panel_of(page)
    page.get_by_role("button", name="Close the tutor").focus()
    page.keyboard.press("Escape")
    assert page.get_by_role("button", name="Ask the tutor").get_attribute("aria-expanded") == "false"
    assert focused(page) == "button"


def test_a_button_of_the_page_that_opens_the_tutor_is_given_the_focus_back(
    host: Site, tutor_site: Site, open_page: OpenPage
) -> None:
    page = open_page(host.page(f"{LESSON}<button id=help>Help</button>", head=tag(tutor_site)))
    page.evaluate("() => { help.onclick = () => document.querySelector('course-tutor').open() }")
    page.locator("#help").focus()
    page.keyboard.press("Enter")
    until(panel_of(page), "document.activeElement.id === 'question'")
    page.keyboard.press("Escape")
    until(page, "document.activeElement.id === 'help'")


def test_the_panel_is_loaded_once_and_stays_as_it_was_left(host: Site, tutor_site: Site, open_page: OpenPage) -> None:
    page = open_page(host.page(LESSON, head=tag(tutor_site)))
    launcher = page.locator("course-tutor button")
    launcher.click()
    panel_of(page).locator("textarea").fill("What is")
    for _ in range(3):
        launcher.click()
    launcher.click()
    assert panel_of(page).locator("textarea").input_value() == "What is"
    assert len([path for path in tutor_site.asked if path.startswith("/panel/")]) == 1


def test_an_element_on_the_page_takes_the_place_of_the_scripts_own(
    host: Site, tutor_site: Site, open_page: OpenPage
) -> None:
    element = '<course-tutor course="networks" language="fr"></course-tutor>'
    page = open_page(host.page(LESSON + element, head=tag(tutor_site, language="de")))
    page.get_by_role("button", name="Demander au tuteur").wait_for()
    assert page.locator("course-tutor").count() == 1


def test_only_the_tutors_own_attributes_are_taken_from_the_script(
    host: Site, tutor_site: Site, open_page: OpenPage
) -> None:
    script = tag(tutor_site, label="Help me", style="display:none", onclick="alert(1)", side="start")
    page = open_page(host.page(LESSON, head=script))
    page.get_by_role("button", name="Help me").wait_for()
    names = page.locator("course-tutor").evaluate("tutor => tutor.getAttributeNames()")
    assert sorted(names) == ["course", "label", "side"]


def test_attributes_are_properties_too(host: Site, tutor_site: Site, open_page: OpenPage) -> None:
    page = open_page(host.page(LESSON, head=tag(tutor_site)))
    page.locator("course-tutor").evaluate("tutor => { tutor.label = 'Ask Ada'; tutor.side = 'start' }")
    launcher = page.get_by_role("button", name="Ask Ada")
    box = launcher.bounding_box()
    assert box
    assert box["x"] < 40
    assert page.locator("course-tutor").evaluate("tutor => [tutor.course, tutor.label]") == ["networks", "Ask Ada"]


def test_calls_made_before_the_loader_came_are_made_up_for(host: Site, tutor_site: Site, open_page: OpenPage) -> None:
    early = """<script>
      window.courseTutor = window.courseTutor || [];
      courseTutor.push(["setLesson", "01-basics/02-frames.md"]);
      courseTutor.push(["ask", "What is a frame?", { mode: "simple", send: false }]);
      courseTutor.push(["remove"], "open", null, 7);
    </script>"""
    page = open_page(host.page(LESSON, head=early + tag(tutor_site)))
    panel = panel_of(page)
    until(panel, "heard.some(message => message.type === 'ask')")
    asked = {"ct": 1, "type": "ask", "question": "What is a frame?", "mode": "simple", "send": False}
    assert heard(panel, "ask") == [asked]
    assert heard(panel, "context")[0]["lesson"] == "01-basics/02-frames.md"
    assert page.locator("course-tutor").count() == 1


def test_calls_wait_for_a_tutor_that_the_page_makes_later(host: Site, tutor_site: Site, open_page: OpenPage) -> None:
    script = f'<script type="module" src="{tutor_site.origin}/loader.js"></script>'
    page = open_page(host.page(LESSON, head=script))
    page.evaluate("courseTutor.push(['open'])")
    page.evaluate(
        "() => { const tutor = document.createElement('course-tutor'); tutor.course = 'networks';"
        " document.body.append(tutor) }"
    )
    until(panel_of(page), "heard.some(({ focus }) => focus)")


def test_later_calls_go_the_same_way(host: Site, tutor_site: Site, open_page: OpenPage) -> None:
    page = open_page(host.page(LESSON, head=tag(tutor_site)))
    page.get_by_role("button", name="Ask the tutor").wait_for()
    page.evaluate("courseTutor.push(['ask', 'Why?'], ['newConversation'])")
    panel = panel_of(page)
    until(panel, "heard.some(message => message.type === 'new')")
    assert [message["type"] for message in panel.evaluate("heard")][-2:] == ["ask", "new"]
    page.evaluate("courseTutor.push(['close'])")
    assert not page.get_by_role("dialog").is_visible()


def test_a_tutor_that_is_taken_away_leaves_nothing_behind(host: Site, tutor_site: Site, open_page: OpenPage) -> None:
    watched = """<script>
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
    page = open_page(host.page(LESSON, head=watched + tag(tutor_site, mode="side")))
    page.locator("course-tutor button").click()
    panel_of(page)
    assert page.evaluate("[listening > 8, document.adoptedStyleSheets.length > 0]") == [True, True]
    page.evaluate("window.taken = document.querySelector('course-tutor'); taken.remove()")
    assert page.evaluate("[listening, document.adoptedStyleSheets.length]") == [0, 0]
    assert len(page.frames) == 1
    assert page.evaluate("document.documentElement.getBoundingClientRect().width") == 1280
    page.evaluate("document.body.append(taken)")
    page.get_by_role("dialog").wait_for()
    panel_of(page)


@pytest.mark.parametrize(
    ("language", "words"),
    [("es-MX", "Preguntar al tutor"), ("hi", "ट्यूटर से पूछें"), ("zh-Hans", "向导师提问"), ("xx", "Ask the tutor")],
)
def test_the_launcher_speaks_the_pages_language(
    host: Site, tutor_site: Site, open_page: OpenPage, language: str, words: str
) -> None:
    page = open_page(host.page(LESSON, head=tag(tutor_site), attributes=f'lang="{language}"'))
    page.get_by_role("button", name=words).wait_for()


def test_a_server_that_is_away_is_told_of_and_tried_again(host: Site, tutor_site: Site, open_page: OpenPage) -> None:
    away = {path: tutor_site.answers.pop(path) for path in list(tutor_site.answers) if path.startswith("/assets/")}
    page = open_page(host.page(LESSON, head=tag(tutor_site)))
    page.expected.extend(["frame.js", "ERR_FAILED"])  # type: ignore[attr-defined]
    page.evaluate("addEventListener('course-tutor:error', ({ detail }) => (window.wrong = detail))")
    launcher = page.locator("course-tutor button")
    launcher.click()
    link = page.get_by_role("link", name="This did not load. Open the tutor’s page")
    assert link.get_attribute("href") == f"{tutor_site.origin}/courses/networks"
    assert page.evaluate("wrong") == {"course": "networks", "code": "unreachable"}
    tutor_site.answers.update(away)
    launcher.click()
    launcher.click()
    panel_of(page)
    assert not link.is_visible()


def test_a_panel_that_says_nothing_is_told_of_and_tried_again(
    host: Site, tutor_site: Site, open_page: OpenPage
) -> None:
    panel = tutor_site.answers.pop("/panel/*")
    page = open_page("about:blank")
    page.expected.append("404")  # type: ignore[attr-defined]
    page.clock.install()
    page.goto(host.page(LESSON, head=tag(tutor_site)))
    page.evaluate("addEventListener('course-tutor:error', ({ detail }) => (window.wrong = detail))")
    launcher = page.locator("course-tutor button")
    launcher.click()
    until_later(page, "window.wrong?.code === 'unreachable'")
    tutor_site.answers["/panel/*"] = panel
    launcher.click()
    launcher.click()
    panel_of(page)
