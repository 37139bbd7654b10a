import { el, find, icon } from "./dom.js";
import { whereYouWere } from "./menu.js";

/**
 * @typedef {import("./conversation.js").Mode} Mode
 * @typedef {{text: string, mode: Mode, isWhole: boolean}} Wish `isWhole`: it can be asked as it stands.
 */

/** The first screen: what can be asked before anything was. */
export class Welcome {
  element;
  #api;
  #words;
  #language;
  #often;
  /**
   * The lesson whose popular questions are shown; null where they are the page's own.
   * @type {string | null}
   */
  #lesson = null;

  /**
   * @param {HTMLElement} element
   * @param {{api: import("./api.js").Api, words: import("./words.js").Words, language: string}} panel
   */
  constructor(element, { api, words, language }) {
    this.element = element;
    this.#api = api;
    this.#words = words;
    this.#language = language;
    this.#often = find(element, ".often");
  }

  /**
   * What a quick action asks, with the student on a lesson or not.
   * @param {string} name
   * @param {boolean} hasLesson
   * @returns {Wish}
   */
  wish(name, hasLesson) {
    const say = (/** @type {string} */ key) => this.#words.say(key);
    if (name === "quiz") return { text: say(hasLesson ? "quiz_ask" : "quick_quiz"), mode: "quiz", isWhole: true };
    const mode = name === "summary" ? "summary" : "simple";
    const onLesson = name === "summary" ? "quick_summary" : "simple_ask";
    return { text: say(hasLesson ? onLesson : `${mode}_which`), mode, isWhole: hasLesson };
  }

  /**
   * Show what is asked often on a lesson, or in the course; what is shown stays where the server does not tell.
   * @param {string} lesson
   */
  async showPopular(lesson) {
    if (this.element.hidden || this.#lesson === lesson) return;
    this.#lesson = lesson;
    try {
      const questions = await this.#api.popularQuestions(lesson);
      if (this.#lesson === lesson) this.#drawPopular(questions.map(({ question }) => question));
    } catch {
      if (this.#lesson === lesson) this.#lesson = null;
    }
  }

  /** @param {string[]} questions */
  #drawPopular(questions) {
    const list = find(this.#often, ".popular");
    // What one is about to press stays where it is.
    if (list.matches(":hover, :focus-within")) return;
    const shown = Array.from(list.children, (item) => item.textContent?.trim());
    if (shown.join("\n") === questions.join("\n")) return;
    list.replaceChildren(...questions.map((question) =>
      el("li", {}, el("button", { type: "button", "data-act": "ask", dir: "auto" }, el("span", {}, question), icon("next")))));
    this.#often.hidden = !questions.length;
  }

  /** Show where the student was last. */
  async showWhere() {
    let shown;
    try {
      const [newest] = await this.#api.conversations();
      shown = whereYouWere(newest, this.#words, this.#language);
    } catch {
      shown = el("section.where", { tabindex: "-1" }, el("p", {}, this.#words.say("not_loaded")));
    }
    this.element.querySelector(".where")?.remove();
    find(this.element, ".quick").after(shown);
    shown.focus();
  }
}
