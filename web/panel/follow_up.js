import { Problem } from "./api.js";
import { newKey } from "./conversation.js";
import { el, find } from "./dom.js";

/**
 * @typedef {object} Desk What the form works with.
 * @property {import("./api.js").Api} api
 * @property {import("./words.js").Words} words
 * @property {import("./speech.js").Speech} speech
 * @property {import("./store.js").Store} store
 * @property {import("./panel.js").Limits} limits
 * @property {() => void} sent Told when a follow-up was taken.
 */

const RETRY_MS = 5000;

/**
 * The form by which a student leaves an address for a person's answer.
 *
 * What is sent is kept until the server has it, under one key: sent twice, it is taken once.
 * @param {Desk} desk
 * @param {{enabled: boolean, consent_text: string, consent_version: string}} terms
 * @param {{turn?: string, question: string}} about
 */
export function followUpForm(desk, terms, about) {
  const { words, limits } = desk;
  const id = newKey();
  const field = (/** @type {string} */ name, /** @type {HTMLElement} */ input) => {
    input.id = `${name}-${id}`;
    input.setAttribute("name", name);
    input.setAttribute("aria-describedby", `${name}-wrong-${id}`);
    return el("div.field", {}, el("label", { for: input.id }, words.say(`follow_up_${name}`)), input,
      el("p.wrong", { id: `${name}-wrong-${id}` }));
  };
  const question = el("textarea", { rows: 3, maxlength: limits.question, dir: "auto", required: true });
  /** @type {HTMLTextAreaElement} */ (question).value = about.question;
  const form = /** @type {HTMLFormElement} */ (el("form.follow-up", { novalidate: true, "aria-label": words.say("follow_up") },
    el("h3", {}, words.say("follow_up")),
    el("p.lead", {}, words.say("follow_up_lead")),
    field("email", el("input", { type: "email", autocomplete: "email", required: true, dir: "ltr", inputmode: "email" })),
    field("name", el("input", { type: "text", autocomplete: "name", maxlength: limits.name, dir: "auto" })),
    ...(about.turn ? [] : [field("question", question)]),
    field("note", el("textarea", { rows: 2, maxlength: limits.note, dir: "auto" })),
    el("div.field", {},
      el("label.consent", {},
        el("input", { type: "checkbox", name: "consent", required: true, "aria-describedby": `consent-wrong-${id}` }),
        el("span", { dir: "auto" }, terms.consent_text)),
      el("p.wrong", { id: `consent-wrong-${id}` })),
    el("p.trouble"),
    el("div.ends", {}, el("button.main", { type: "submit" }, words.say("follow_up_send")),
      el("button.quiet", { type: "button", "data-act": "dismiss" }, words.say("not_now")))));
  const sending = new Sending(desk, form);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const given = new FormData(form);
    const text = (/** @type {string} */ name) => String(given.get(name) ?? "").trim();
    const wrong = {
      email: /^\S+@\S+\.\S+$/.test(text("email")) ? "" : words.say("wrong_email"),
      question: about.turn || text("question") ? "" : words.say("wrong_question"),
      consent: given.has("consent") ? "" : words.say("wrong_consent"),
    };
    if (!complain(form, wrong)) return;
    const body = { email: text("email"), name: text("name"), note: text("note"),
      question: about.turn ? about.question : text("question"), consent_version: terms.consent_version };
    void sending.send(about.turn ? { ...body, turn: about.turn } : body);
  });
  return form;
}

/**
 * Send what an earlier page could not, if there is such.
 * @param {Desk} desk
 * @param {HTMLElement} place where the confirmation goes
 */
export function sendKept(desk, place) {
  const kept = desk.store.get("follow-up");
  if (typeof kept?.key !== "string" || typeof kept?.body !== "object") return;
  const form = /** @type {HTMLFormElement} */ (el("form.follow-up", {}, el("p.trouble"),
    el("button.main", { type: "submit" }, desk.words.say("follow_up_send"))));
  const sending = new Sending(desk, form, kept);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void sending.send(kept.body);
  });
  place.append(form);
  void sending.send(kept.body);
}

class Sending {
  #desk;
  #form;
  /** @type {{key: string, body: any} | null} */
  #last;
  #isSending = false;
  #timer = 0;

  /**
   * @param {Desk} desk
   * @param {HTMLFormElement} form
   * @param {{key: string, body: any} | null} last
   */
  constructor(desk, form, last = null) {
    this.#desk = desk;
    this.#form = form;
    this.#last = last;
  }

  /** @param {Record<string, any>} body */
  async send(body) {
    if (this.#isSending) return;
    clearTimeout(this.#timer);
    const { api, store, words, speech, sent } = this.#desk;
    // A key stands for one content.
    const isSame = this.#last !== null && JSON.stringify(this.#last.body) === JSON.stringify(body);
    this.#last = isSame && this.#last ? this.#last : { key: newKey(), body };
    store.set("follow-up", this.#last);
    this.#busy(true);
    try {
      const { reference } = await api.followUp(body, this.#last.key);
      store.set("follow-up", null);
      this.#confirm(String(reference), body.email);
      sent();
    } catch (error) {
      this.#busy(false);
      if (error instanceof Problem && !error.isPassing) {
        store.set("follow-up", null);
        this.#refused(error);
      } else {
        const wait = error instanceof Problem && error.retrySeconds ? error.retrySeconds * 1000 : RETRY_MS;
        const text = words.say(error instanceof Problem && error.status === 429 ? "follow_up_busy" : "follow_up_offline");
        this.#trouble(text);
        speech.say(text);
        this.#timer = setTimeout(() => this.#form.isConnected && this.send(body), wait);
      }
    }
  }

  /** @param {Problem} problem */
  #refused(problem) {
    const wrong = Object.fromEntries(problem.fields.map(({ field, message }) => [field.split(".").at(-1), message]));
    const named = Object.keys(wrong).some((name) => this.#form.elements.namedItem(name));
    if (named) complain(this.#form, wrong);
    else {
      this.#trouble(problem.message || this.#desk.words.say("failed"));
      this.#desk.speech.say(problem.message);
    }
  }

  /**
   * @param {string} reference
   * @param {string} email
   */
  #confirm(reference, email) {
    const { words, speech } = this.#desk;
    const done = el("section.confirmation", { tabindex: "-1", "aria-label": words.say("follow_up_done") },
      el("h3", {}, words.say("follow_up_done")),
      el("p", {}, words.say("follow_up_promise", { email })),
      el("p.reference", {}, el("span", {}, words.say("reference")), el("code", { dir: "ltr" }, reference)));
    const hadFocus = this.#form.contains(document.activeElement);
    this.#form.replaceWith(done);
    if (hadFocus) done.focus();
    else speech.say(`${words.say("follow_up_done")} ${words.say("reference")} ${reference}`);
  }

  /** @param {boolean} isBusy */
  #busy(isBusy) {
    this.#isSending = isBusy;
    if (isBusy) this.#trouble("");
    const submit = find(this.#form, "[type=submit]");
    // Not `disabled`: that would take the focus away.
    submit.setAttribute("aria-disabled", String(isBusy));
    submit.textContent = this.#desk.words.say(isBusy ? "sending" : "follow_up_send");
  }

  /** @param {string} text */
  #trouble(text) {
    find(this.#form, ".trouble").textContent = text;
  }
}

/**
 * Say what is wrong beside each field, and go to the first.
 * @param {HTMLFormElement} form
 * @param {Record<string, string>} wrong
 * @returns {boolean} whether nothing is
 */
function complain(form, wrong) {
  let first = true;
  for (const [name, text] of Object.entries(wrong)) {
    const input = form.elements.namedItem(name);
    if (!(input instanceof HTMLElement)) continue;
    input.setAttribute("aria-invalid", String(text !== ""));
    const shown = document.getElementById(input.getAttribute("aria-describedby") ?? "");
    if (shown) shown.textContent = text;
    if (text && first) {
      first = false;
      input.focus();
    }
  }
  return first;
}
