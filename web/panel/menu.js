import { button, el, find } from "./dom.js";

/** The sheet with earlier conversations and what else can be done with this one. */
export class Menu {
  #dialog;
  #panel;

  /**
   * @param {HTMLDialogElement} dialog
   * @param {{api: import("./api.js").Api, words: import("./words.js").Words, language: string,
   *   open: (conversation: string) => void}} panel
   */
  constructor(dialog, panel) {
    this.#dialog = dialog;
    this.#panel = panel;
    dialog.addEventListener("click", (event) => {
      const target = /** @type {Element} */ (event.target);
      // Outside of the sheet, or on something in it that was chosen.
      if (target === dialog || target.closest("[data-act]")) dialog.close();
      const chosen = target.closest("[data-conversation]");
      if (chosen) panel.open(chosen.getAttribute("data-conversation") ?? "");
    });
  }

  /** Whether it is shown. */
  get isOpen() {
    return this.#dialog.open;
  }

  /** Show it. */
  open() {
    this.#dialog.showModal();
    void this.#fill();
  }

  async #fill() {
    const { api, words } = this.#panel;
    const list = find(this.#dialog, ".conversations");
    list.replaceChildren(el("p.soft", {}, words.say("loading")));
    try {
      const found = await api.conversations();
      const items = found.map((/** @type {any} */ each) => this.#line(each));
      list.replaceChildren(items.length ? el("ul", { role: "list" }, ...items) : el("p.soft", {}, words.say("no_conversations")));
    } catch {
      list.replaceChildren(el("p.soft", {}, words.say("not_loaded")));
    }
  }

  /** @param {{conversation: string, title: string, turns: number, last_at: string}} conversation */
  #line({ conversation, title, turns, last_at: last }) {
    const { words, language } = this.#panel;
    const day = dayOf(last, language);
    return el("li", {}, el("button.conversation", { type: "button", "data-act": "open", "data-conversation": conversation },
      el("bdi", {}, title), el("span.soft", {}, [words.count("questions", turns), day].filter(Boolean).join(" · "))));
  }
}

/**
 * The day of a time of the server's, as it is written in a language; it is never compared with this machine's clock.
 * @param {string} time
 * @param {string} language
 */
export function dayOf(time, language) {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? "" : new Intl.DateTimeFormat(language, { dateStyle: "medium" }).format(date);
}

/**
 * Where the student was: the newest conversation, as a card to go on from.
 * @param {{conversation: string, title: string, last_at: string} | undefined} newest
 * @param {import("./words.js").Words} words
 * @param {string} language
 */
export function whereYouWere(newest, words, language) {
  if (!newest) return el("section.where", { tabindex: "-1" }, el("p", {}, words.say("was_nowhere")));
  return el("section.where", { tabindex: "-1" },
    el("p.soft", {}, words.say("last_asked", { day: dayOf(newest.last_at, language) })),
    el("p.title", {}, el("bdi", {}, newest.title)),
    button("open", words.say("go_on"), { look: "main", "data-conversation": newest.conversation }));
}
