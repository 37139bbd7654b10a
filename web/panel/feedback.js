import { button, el, find } from "./dom.js";

const REASONS = ["wrong", "not_asked", "incomplete", "unclear"];

/** Two thumbs below an answer: up is kept at once, down as well, and may then be explained. */
export class Feedback {
  #turn;
  #panel;
  /** What is kept. */
  #rating;
  up;
  down;
  /** @type {HTMLFormElement | null} */
  form = null;

  /**
   * @param {import("./conversation.js").Turn} turn
   * @param {{api: import("./api.js").Api, words: import("./words.js").Words, speech: import("./speech.js").Speech,
   *   limits: import("./panel.js").Limits, given: (rating: "up" | "down") => void}} panel
   */
  constructor(turn, panel) {
    this.#turn = turn.answer.turn;
    this.#rating = turn.rating;
    this.#panel = panel;
    const { words } = panel;
    this.up = button("rate", words.say("good_answer"), { picture: "up", look: "tool" });
    this.down = button("rate", words.say("bad_answer"), { picture: "down", look: "tool" });
    this.up.addEventListener("click", () => this.#rate("up"));
    this.down.addEventListener("click", () => this.#rate("down"));
    this.#press(this.#rating);
  }

  /** @param {"up" | "down"} rating */
  async #rate(rating) {
    const { api, words, speech, given } = this.#panel;
    this.#press(rating);
    this.#explain(rating);
    try {
      await api.feedback(this.#turn, { rating });
      this.#rating = rating;
      if (rating === "up") speech.say(words.say("thanks"));
      given(rating);
    } catch {
      this.#press(this.#rating);
      this.#explain(null);
      speech.say(words.say("not_kept"));
    }
  }

  /** @param {"up" | "down" | null} rating */
  #press(rating) {
    this.up.setAttribute("aria-pressed", String(rating === "up"));
    this.down.setAttribute("aria-pressed", String(rating === "down"));
  }

  /** @param {"up" | "down" | null} rating */
  #explain(rating) {
    this.form?.remove();
    this.form = null;
    if (rating !== "down") return;
    this.form = this.#made();
    this.down.closest(".tools")?.after(this.form);
  }

  #made() {
    const { words, limits } = this.#panel;
    const reasons = REASONS.map((reason) =>
      el("label.choice", {}, el("input", { type: "checkbox", name: "reason", value: reason }), words.say(`reason_${reason}`)));
    const form = el("form.feedback", {},
      el("fieldset", {}, el("legend", {}, words.say("what_was_wrong")), el("div.choices", {}, ...reasons)),
      el("label", {}, el("span", {}, words.say("feedback_note")),
        el("textarea", { name: "note", rows: 2, maxlength: limits.feedback_note, dir: "auto" })),
      el("div.ends", {}, el("button.main", { type: "submit" }, words.say("send_feedback")),
        el("button.quiet", { type: "button", "data-act": "dismiss" }, words.say("not_now"))));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#send(/** @type {HTMLFormElement} */ (form));
    });
    find(form, "[data-act=dismiss]").addEventListener("click", () => {
      form.remove();
      this.down.focus();
    });
    return /** @type {HTMLFormElement} */ (form);
  }

  /** @param {HTMLFormElement} form */
  async #send(form) {
    const { api, words, speech } = this.#panel;
    const given = new FormData(form);
    const reasons = given.getAll("reason").map(String);
    try {
      await api.feedback(this.#turn, { rating: "down", reasons, note: String(given.get("note") ?? "") });
    } catch {
      speech.say(words.say("not_kept"));
      this.#complain(form, words.say("not_kept"));
      return;
    }
    const thanks = el("p.thanks", { tabindex: "-1" }, words.say("thanks"));
    form.replaceWith(thanks);
    thanks.focus();
  }

  /**
   * @param {HTMLFormElement} form
   * @param {string} text
   */
  #complain(form, text) {
    form.querySelector(".trouble")?.remove();
    form.append(el("p.trouble", {}, text));
  }
}
