import { Api } from "./api.js";
import { Appearance } from "./appearance.js";
import { SourceCard, readerUrl } from "./citations.js";
import { copied } from "./clipboard.js";
import { Composer } from "./composer.js";
import { Conversation } from "./conversation.js";
import { el, find } from "./dom.js";
import { sendKept } from "./follow_up.js";
import { Host } from "./host.js";
import { Lessons } from "./lessons.js";
import { Menu } from "./menu.js";
import { offerPerson } from "./person.js";
import { PresenceWatch, drawPresence } from "./presence.js";
import { Speech, spoken } from "./speech.js";
import { Store } from "./store.js";
import { Transcript } from "./transcript.js";
import { transcript, withSources } from "./transcript_file.js";
import { Welcome } from "./welcome.js";
import { Words } from "./words.js";

/**
 * @typedef {import("./conversation.js").Turn} Turn
 * @typedef {import("./conversation.js").Mode} Mode
 * @typedef {import("./turn_view.js").TurnView} TurnView
 * @typedef {import("./answer.js").Citation} Citation
 * @typedef {{course: string, title: string, lessons: number, embed: string, parent: string, language: string,
 *   words: Record<string, string>, limits: Limits}} Boot
 * @typedef {{question: number, name: number, note: number, feedback_note: number}} Limits How many characters are taken.
 */

const DONE_MS = 1500;

/** The panel: what the student does becomes questions, and what comes of them is shown, said and told to the page around. */
class Panel {
  #boot;
  #words;
  #store;
  #host;
  #speech;
  #conversation;
  #transcript;
  #composer;
  #card;
  #menu;
  #presence;
  #welcome;
  #appearance = new Appearance();
  #lessons;
  #desk;
  #isAsking = false;
  #isRestored = false;
  #stopping = new AbortController();

  /** @param {Boot} boot */
  constructor(boot) {
    this.#boot = boot;
    const words = (this.#words = new Words(boot.words, boot.language));
    const store = (this.#store = new Store(boot.course));
    const api = new Api(boot.course, store);
    const host = (this.#host = new Host(boot.parent, boot.limits.question));
    const speech = (this.#speech = new Speech(find(document, ".status")));
    this.#desk = { api, words, speech, store, limits: boot.limits, sent: () => host.happened("followup", {}) };
    this.#lessons = new Lessons(api);
    this.#conversation = new Conversation(api, store);
    this.#welcome = new Welcome(find(document, ".welcome"), { api, words, language: boot.language });
    this.#transcript = new Transcript(find(document, ".scroller"), find(document, ".log"), find(document, ".to-end"), {
      course: boot.course,
      lessons: boot.lessons,
      words,
      speech,
      api,
      limits: boot.limits,
      rated: (view, rating) => this.#rated(view, rating),
      offerPerson: (view) => void this.#offerPerson(view),
    });
    this.#composer = new Composer(find(document, ".composer"), words, speech, store, boot.limits.question);
    this.#card = new SourceCard(find(document, ".scroller"), words, (mark) => this.#citation(mark));
    this.#menu = new Menu(find(document, "dialog.menu"), {
      api,
      words,
      language: boot.language,
      open: (conversation) => void this.#open(conversation),
    });
    this.#presence = new PresenceWatch(api);
    this.#listen();
    void this.#start();
  }

  /** Stop everything. */
  close() {
    this.#stopping.abort();
    for (const part of [this.#store, this.#host, this.#conversation, this.#transcript, this.#composer, this.#card,
      this.#presence, this.#appearance]) {
      part.close();
    }
  }

  #listen() {
    const { signal } = this.#stopping;
    /** @type {(target: EventTarget, kind: string, listener: (detail: any, event: Event) => void) => void} */
    const on = (target, kind, listener) =>
      target.addEventListener(kind, (event) => listener(/** @type {CustomEvent} */ (event).detail, event), { signal });
    on(document, "click", (_, event) => this.#click(event));
    on(document, "keydown", (_, event) => this.#key(/** @type {KeyboardEvent} */ (event)));
    on(this.#conversation, "added", (turn) => this.#added(turn));
    on(this.#conversation, "changed", (turn) => this.#changed(turn));
    on(this.#conversation, "ended", (turn) => this.#ended(turn));
    on(this.#conversation, "removed", (turn) => this.#removed(turn));
    on(this.#conversation, "cleared", () => this.#cleared());
    on(this.#composer, "ask", ({ question, mode }) => void this.#ask(question, mode));
    on(this.#composer, "stop", () => void this.#stop());
    on(this.#composer, "up", () => this.#transcript.focusLast());
    on(this.#presence, "changed", () => this.#drawPresence());
    on(this.#host, "open", ({ focus }) => {
      this.#presence.isLooking = true;
      if (focus) this.#composer.focus();
    });
    on(this.#host, "closed", () => {
      this.#card.hide();
      this.#presence.isLooking = false;
    });
    on(this.#host, "context", (context) => void this.#setContext(context));
    on(this.#host, "config", (config) => this.#appearance.configure(config));
    on(this.#host, "new", () => this.#conversation.clear());
    on(this.#host, "ask", ({ question, mode, send }) => {
      if (send) void this.#ask(question, mode);
      else this.#composer.fill(question, mode);
    });
    if (this.#boot.embed === "inline" && this.#host.isThere) this.#appearance.watchHeight((px) => this.#host.height(px));
    on(window, "pagehide", (_, event) => {
      // A page that is only put aside comes back as it was.
      if (!(/** @type {PageTransitionEvent} */ (event).persisted)) this.close();
    });
  }

  async #start() {
    this.#host.tell("ready");
    const context = this.#host.context();
    sendKept(this.#desk, find(document, ".kept"));
    try {
      await this.#conversation.restore();
    } catch {
      this.#say("not_restored");
    }
    if (this.#conversation.turns.length) this.#transcript.toEnd();
    this.#isRestored = true;
    await this.#setContext(await context);
  }

  // What the student does

  /** @param {Event} event */
  #click(event) {
    const target = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest("[data-act]"));
    if (!target) return;
    const turn = this.#transcript.viewOf(target)?.turn;
    const { act, mode, quick, conversation } = target.dataset;
    if (act === "new") this.#begin();
    if (act === "menu") this.#menu.open();
    if (act === "close") this.#host.tell("close");
    if (act === "person") void this.#askPerson();
    if (act === "download") this.#download();
    if (act === "quick") this.#quick(quick ?? "");
    if (act === "ask") void this.#ask(target.textContent?.trim() ?? "", /** @type {Mode} */ (mode ?? "answer"));
    if (act === "open" && !target.closest("dialog")) void this.#open(conversation ?? "");
    if (act === "source") this.#openSource(target, event);
    if (act === "copy-code") void this.#copy(target, target.closest("figure")?.querySelector("code")?.textContent ?? "");
    if (act === "try-again") {
      this.#conversation.wake();
      void this.#presence.look();
    }
    if (!turn) return;
    if (act === "copy") void this.#copy(target, withSources(turn.answer, this.#words, this.#absoluteUrl));
    if (act === "retry" && !this.#isAsking && !this.#isAnswering) this.#send(turn.asked);
    if (act === "edit") this.#composer.fill(turn.asked.question, turn.asked.mode);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.key !== "Escape" || event.defaultPrevented || this.#menu.isOpen) return;
    if (this.#card.isOpen) this.#card.hide();
    else if (["bubble", "side"].includes(this.#boot.embed)) this.#host.tell("close");
  }

  #begin() {
    this.#conversation.clear();
    this.#composer.setMode("answer");
    this.#composer.focus();
  }

  /** @param {string} name */
  #quick(name) {
    if (name === "where") {
      void this.#welcome.showWhere();
      return;
    }
    const { text, mode, isWhole } = this.#welcome.wish(name, this.#composer.lesson !== "");
    if (isWhole) void this.#ask(text, mode);
    else this.#composer.fill(text, mode);
  }

  /**
   * Ask, about the lesson that the student is on at this moment.
   * @param {string} question
   * @param {Mode} mode
   */
  async #ask(question, mode) {
    if (this.#isAsking || this.#isAnswering || !question) return;
    this.#isAsking = true;
    this.#composer.setBusy(true);
    await this.#setContext(await this.#host.context());
    this.#isAsking = false;
    this.#composer.empty();
    // A quiz goes on until another way is chosen.
    this.#composer.setMode(mode === "quiz" || mode === this.#composer.mode ? mode : "answer");
    const { lesson, notBeyond } = this.#composer;
    this.#send({ question, mode, ...(lesson && { lesson }), ...(notBeyond && { not_beyond: notBeyond }) });
  }

  /** @param {import("./conversation.js").Question} asked */
  #send(asked) {
    this.#transcript.toEnd();
    this.#conversation.ask(asked);
    this.#host.happened("asked", { mode: asked.mode });
  }

  /** @param {import("./host.js").Context | null} context */
  async #setContext(context) {
    this.#composer.setContext(await this.#lessons.placed(context));
    this.#showPopular();
  }

  #showPopular() {
    // What is restored may leave no room for them.
    if (this.#isRestored) void this.#welcome.showPopular(this.#composer.lesson);
  }

  async #stop() {
    const turn = this.#conversation.turns.findLast((each) => !each.hasEnded);
    try {
      if (turn) await this.#conversation.stop(turn);
    } catch {
      this.#speech.say(this.#words.say("failed"));
    }
  }

  /**
   * @param {Element} target a mark, or a link in the list of sources
   * @param {Event} event
   */
  #openSource(target, event) {
    const citation = this.#citation(target);
    if (!citation) return;
    const { lesson, source_start: start, source_end: end, quote } = citation;
    this.#card.hide();
    if (this.#host.isThere) {
      event.preventDefault();
      this.#host.cite({ lesson, url: this.#absoluteUrl(citation), start, end, quote });
    } else if (target.matches(".cite")) {
      window.open(this.#absoluteUrl(citation), "_blank", "noopener");
    }
  }

  /**
   * @param {Element} target
   * @param {string} text
   */
  async #copy(target, text) {
    const isCopied = await copied(text);
    this.#speech.say(this.#words.say(isCopied ? "copied" : "not_copied"));
    if (!isCopied) return;
    target.classList.add("is-done");
    setTimeout(() => target.classList.remove("is-done"), DONE_MS);
  }

  #download() {
    const { title, course } = this.#boot;
    const text = transcript(title, this.#conversation.turns, this.#words, this.#absoluteUrl);
    const url = URL.createObjectURL(new Blob([text], { type: "text/markdown;charset=utf-8" }));
    el("a", { href: url, download: `${course}.md` }).click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  }

  /** @param {string} conversation */
  async #open(conversation) {
    try {
      await this.#conversation.open(conversation);
      this.#transcript.toEnd();
      this.#composer.focus();
    } catch {
      this.#say("not_restored");
    }
  }

  /** @param {TurnView | null} view the turn that it is about */
  #offerPerson(view) {
    const about = { turn: view?.turn.answer.turn, question: view?.turn.asked.question ?? "" };
    return offerPerson(this.#desk, view?.after ?? this.#welcome.element, about);
  }

  async #askPerson() {
    const offer = await this.#offerPerson(this.#transcript.last ?? null);
    if (!offer) {
      this.#say("no_person");
      return;
    }
    offer.scrollIntoView({ block: "nearest" });
    find(offer, "button, a").focus();
  }

  // What becomes of questions

  get #isAnswering() {
    return this.#conversation.turns.some((turn) => !turn.hasEnded);
  }

  /** @param {Turn} turn */
  #added(turn) {
    this.#transcript.add(turn);
    this.#changedTurns();
  }

  /** @param {Turn} turn */
  #changed(turn) {
    this.#transcript.changed(turn);
    if (turn.isFresh && !turn.hasBegun && turn.answer.text) {
      turn.hasBegun = true;
      this.#speech.say(this.#words.say("begins"));
    }
    if (turn.waitSeconds) void this.#presence.look();
  }

  /** @param {Turn} turn */
  #ended(turn) {
    const { answer, trouble } = turn;
    this.#transcript.changed(turn);
    this.#changedTurns();
    if (turn.isFresh) this.#speech.say(trouble || spoken(answer, this.#words));
    const name = trouble || answer.state === "failed" ? "error" : answer.state === "refused" ? "refused" : "answered";
    this.#host.happened(name, { turn: answer.turn, conversation: answer.conversation, state: answer.state });
  }

  /** @param {Turn} turn */
  #removed(turn) {
    this.#transcript.remove(turn);
    this.#changedTurns();
    // What was taken back before it was sent can be sent anew.
    if (!turn.answer.turn && !this.#composer.text) this.#composer.fill(turn.asked.question, turn.asked.mode);
  }

  #cleared() {
    this.#card.hide();
    this.#transcript.clear();
    this.#changedTurns();
  }

  #changedTurns() {
    this.#welcome.element.hidden = this.#conversation.turns.length > 0;
    this.#showPopular();
    this.#composer.setBusy(this.#isAnswering);
    this.#drawPresence();
  }

  /**
   * @param {TurnView} view
   * @param {"up" | "down"} rating
   */
  #rated(view, rating) {
    this.#host.happened("feedback", { turn: view.turn.answer.turn, rating });
    if (rating === "down") void this.#offerPerson(view);
  }

  #drawPresence() {
    const newest = this.#conversation.turns.findLast(({ answer }) => answer.hasEnded && answer.text);
    drawPresence(this.#presence.now, newest?.answer.answerer, this.#words);
  }

  /** @param {string} name */
  #say(name) {
    const text = this.#words.say(name);
    find(document, ".hint").textContent = text;
    this.#speech.say(text);
  }

  /** @param {Element} mark */
  #citation(mark) {
    const number = Number(mark.getAttribute("data-number"));
    return this.#transcript.viewOf(mark)?.turn.answer.citations.find((citation) => citation.number === number);
  }

  /** @param {Citation} citation */
  #absoluteUrl = ({ lesson, source_start: start, source_end: end }) =>
    new URL(readerUrl(this.#boot.course, { lesson, start, end }), location.href).href;
}

new Panel(JSON.parse(find(document, "#boot").textContent ?? "{}"));
