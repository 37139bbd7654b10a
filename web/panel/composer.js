import { button, el, find, icon } from "./dom.js";

/**
 * @typedef {import("./conversation.js").Mode} Mode
 * @typedef {import("./host.js").Context} Context
 */

/** From what share of the longest question on the characters are counted. */
const COUNTED_FROM = 7 / 8;

/**
 * How many characters the server counts in a text.
 * @param {string} text
 */
export function lengthOf(text) {
  return [...text].length;
}

/**
 * The field that questions are written in, with what they are about.
 *
 * It tells of a question by `ask` events with `{question, mode}` as detail.
 */
export class Composer extends EventTarget {
  #form;
  #field;
  #mode;
  #about;
  #note;
  #counter;
  #send;
  #words;
  #speech;
  #store;
  #longest;
  /** @type {Context | null} */
  #context = null;
  /** The address whose lesson the student has taken off. */
  #withoutLesson = "";
  #withoutSelection = "";
  /** Whether answers are to come from the lessons up to the student's only. */
  #isUpTo;
  #isBusy = false;
  #stopping = new AbortController();

  /**
   * @param {HTMLFormElement} form
   * @param {import("./words.js").Words} words
   * @param {import("./speech.js").Speech} speech
   * @param {import("./store.js").Store} store
   * @param {number} longest how many characters a question may have
   */
  constructor(form, words, speech, store, longest) {
    super();
    this.#store = store;
    this.#longest = longest;
    this.#isUpTo = store.get("up_to_lesson") === true;
    this.#form = form;
    this.#words = words;
    this.#speech = speech;
    this.#field = /** @type {HTMLTextAreaElement} */ (find(form, "textarea"));
    this.#mode = /** @type {HTMLSelectElement} */ (find(form, "select"));
    this.#about = find(form, ".about");
    this.#note = find(form, ".hint");
    this.#counter = find(form, ".counter");
    this.#send = /** @type {HTMLButtonElement} */ (find(form, ".send"));
    // `required` is for where there is no script: the button also stops, with an empty field.
    form.noValidate = true;
    const { signal } = this.#stopping;
    form.addEventListener("submit", (event) => this.#submit(event), { signal });
    this.#field.addEventListener("input", () => this.#changed(), { signal });
    this.#field.addEventListener("keydown", (event) => this.#key(event), { signal });
    this.#field.addEventListener("paste", (event) => this.#paste(event), { signal });
    this.#mode.addEventListener("change", () => this.#changed(), { signal });
    this.#changed();
  }

  /** What is written. */
  get text() {
    return this.#field.value;
  }

  /** @returns {Mode} */
  get mode() {
    return /** @type {Mode} */ (this.#mode.value);
  }

  /** The lesson that a question is about, if the student has left it on. */
  get lesson() {
    const { lesson = "", url = "" } = this.#context ?? {};
    return lesson && this.#withoutLesson !== `${url} ${lesson}` ? lesson : "";
  }

  /** The last lesson that an answer may be of, where the student wants no later one. */
  get notBeyond() {
    return this.#isUpTo ? this.lesson : "";
  }

  /** The words that the student has selected on the page, unless they were taken off. */
  get selection() {
    const selection = this.#context?.selection.trim() ?? "";
    return selection && selection !== this.#withoutSelection ? selection : "";
  }

  /**
   * Put words into the field, for the student to send.
   * @param {string} text
   * @param {Mode} [mode]
   */
  fill(text, mode = this.mode) {
    this.#field.value = text;
    this.#mode.value = mode;
    this.#changed();
    this.focus();
    this.#field.setSelectionRange(text.length, text.length);
  }

  /** @param {Mode} mode */
  setMode(mode) {
    this.#mode.value = mode;
    this.#changed();
  }

  /** Put the focus where one writes. */
  focus() {
    this.#field.focus({ preventScroll: true });
  }

  /** Forget what is written. */
  empty() {
    this.#field.value = "";
    this.#withoutSelection = this.selection;
    this.#changed();
    this.#drawAbout();
  }

  /**
   * Where the student is now.
   * @param {Context | null} context
   */
  setContext(context) {
    this.#context = context ?? this.#context;
    this.#drawAbout();
  }

  /**
   * While an answer is coming the button stops it.
   * @param {boolean} isBusy
   */
  setBusy(isBusy) {
    if (this.#isBusy === isBusy) return;
    this.#isBusy = isBusy;
    const name = this.#words.say(isBusy ? "stop" : "send");
    this.#send.setAttribute("aria-label", name);
    this.#send.title = name;
    this.#send.classList.toggle("stop", isBusy);
    this.#send.replaceChildren(icon(isBusy ? "stop" : "send"));
    this.#changed();
  }

  /** Listen no more. */
  close() {
    this.#stopping.abort();
  }

  /** @param {SubmitEvent} event */
  #submit(event) {
    event.preventDefault();
    if (this.#isBusy) {
      this.dispatchEvent(new CustomEvent("stop"));
      return;
    }
    const text = this.text.trim();
    const selection = this.selection;
    if (!text && !selection) {
      this.focus();
      return;
    }
    const asked = text || this.#words.say("explain_this");
    const question = selection ? `${asked}\n\n“${selection}”` : asked;
    const over = lengthOf(question) - this.#longest;
    if (over > 0) {
      this.#tell(this.#words.count("too_long", over));
      return;
    }
    this.dispatchEvent(new CustomEvent("ask", { detail: { question, mode: this.mode } }));
  }

  #changed() {
    const length = lengthOf(this.text);
    const most = this.#longest;
    this.#field.parentElement?.setAttribute("data-text", this.text);
    // An empty field is written in the page's direction.
    this.#field.dir = this.text ? "auto" : "";
    this.#note.textContent = "";
    this.#counter.textContent = length >= most * COUNTED_FROM ? this.#words.say("counter", { n: length, most }) : "";
    this.#counter.classList.toggle("over", length > most);
    this.#field.setAttribute("aria-invalid", String(length > most));
    if (length > most) this.#note.textContent = this.#words.count("too_long", length - most);
    this.#form.dataset.mode = this.mode;
    this.#field.placeholder = this.#words.say(this.mode === "quiz" ? "your_answer" : "your_question");
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    // While an input method composes, Enter takes its suggestion.
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      if (!this.#isBusy) this.#form.requestSubmit();
    }
    if (event.key === "ArrowUp" && !this.text) {
      event.preventDefault();
      this.dispatchEvent(new CustomEvent("up"));
    }
  }

  /** @param {ClipboardEvent} event */
  #paste(event) {
    const { clipboardData } = event;
    if (clipboardData?.files.length && !clipboardData.getData("text/plain")) {
      event.preventDefault();
      this.#tell(this.#words.say("only_text"));
    }
  }

  /** @param {string} text */
  #tell(text) {
    this.#note.textContent = text;
    this.#speech.say(text);
  }

  #drawAbout() {
    const { title = "", lesson = "", url = "" } = this.#context ?? {};
    const chips = [];
    if (this.lesson) {
      chips.push(this.#chip("lesson", title || lesson, () => {
        this.#withoutLesson = `${url} ${lesson}`;
      }), this.#upTo());
    }
    if (this.selection) {
      chips.push(this.#chip("selection", this.selection, () => {
        this.#withoutSelection = this.selection;
      }));
    }
    const shown = chips.map((chip) => chip.textContent).join("\n");
    if (this.#about.dataset.shown === shown) return;
    this.#about.dataset.shown = shown;
    this.#about.replaceChildren(...chips);
  }

  #upTo() {
    const choice = button("up-to", this.#words.say("up_to_lesson"), { look: "up-to", "aria-pressed": String(this.#isUpTo) });
    choice.addEventListener("click", () => {
      this.#isUpTo = !this.#isUpTo;
      this.#store.set("up_to_lesson", this.#isUpTo || null);
      choice.setAttribute("aria-pressed", String(this.#isUpTo));
    });
    return choice;
  }

  /**
   * @param {"lesson" | "selection"} kind
   * @param {string} text
   * @param {() => void} takeOff
   */
  #chip(kind, text, takeOff) {
    const off = button("take-off", this.#words.say(`without_${kind}`), { picture: "close", look: "tool" });
    off.addEventListener("click", () => {
      takeOff();
      this.#drawAbout();
      this.focus();
    });
    return el(`span.about-chip.${kind}`, {}, icon(kind), el("span.said", {}, `${this.#words.say(`about_${kind}`)} `),
      el("bdi", {}, text), off);
  }
}
