import { Api } from "./api.js";
import { Appearance } from "./appearance.js";
import { Asking } from "./asking.js";
import { copied } from "./clipboard.js";
import { Composer } from "./composer.js";
import { Conversation } from "./conversation.js";
import { el, find, listen } from "./dom.js";
import { sendKept } from "./follow_up.js";
import { Host } from "./host.js";
import { Lessons } from "./lessons.js";
import { Menu } from "./menu.js";
import { PresenceWatch } from "./presence.js";
import { Showing } from "./showing.js";
import { Sources } from "./sources.js";
import { Speech } from "./speech.js";
import { Store } from "./store.js";
import { Transcript } from "./transcript.js";
import { transcript as asText, withSources } from "./transcript_file.js";
import { Welcome } from "./welcome.js";
import { Words } from "./words.js";

/**
 * @typedef {import("./conversation.js").Mode} Mode
 * @typedef {{course: string, title: string, lessons: number, embed: string, parent: string, language: string,
 *   words: Record<string, string>, limits: Limits}} Boot
 * @typedef {{question: number, name: number, note: number, feedback_note: number}} Limits How many characters are taken.
 */

const DONE_MS = 1500;

/** The panel: its parts, put together, and what the student and the page around have them do. */
class Panel {
  #boot;
  #words;
  #store;
  #host;
  #speech;
  #conversation;
  #transcript;
  #composer;
  #sources;
  #menu;
  #presence;
  #appearance = new Appearance();
  #desk;
  #showing;
  #asking;
  #stopping = new AbortController();

  /** @param {Boot} boot */
  constructor(boot) {
    this.#boot = boot;
    const { course, lessons, language, limits } = boot;
    const words = (this.#words = new Words(boot.words, language));
    const store = (this.#store = new Store(course));
    const api = new Api(course, store);
    const host = (this.#host = new Host(boot.parent, limits.question));
    const speech = (this.#speech = new Speech(find(document, ".status")));
    const desk = (this.#desk = { api, words, speech, store, limits, sent: () => host.happened("followup", {}) });
    const scroller = find(document, ".scroller");
    const conversation = (this.#conversation = new Conversation(api, store));
    const welcome = new Welcome(find(document, ".welcome"), { api, words, language });
    const transcript = (this.#transcript = new Transcript(scroller, find(document, ".log"), find(document, ".to-end"), {
      course,
      lessons,
      words,
      speech,
      api,
      limits,
      rated: (view, rating) => this.#showing.rated(view, rating),
      offerPerson: (view) => void this.#showing.offerPerson(view),
    }));
    const composer = (this.#composer = new Composer(find(document, ".composer"), words, speech, store, limits.question));
    const sources = (this.#sources = new Sources(scroller, { course, words, host, transcript }));
    this.#menu = new Menu(find(document, "dialog.menu"), {
      api,
      words,
      language,
      open: (id) => void this.#showing.open(id),
    });
    const presence = (this.#presence = new PresenceWatch(api));
    const shown = { conversation, composer, transcript, welcome, host };
    const showing = (this.#showing = new Showing({ ...shown, sources, presence, desk }));
    this.#asking = new Asking({ ...shown, lessons: new Lessons(api), speech, words, showing });
    this.#listen();
    void this.#start();
  }

  /** Stop everything. */
  close() {
    this.#stopping.abort();
    // First those who listen to the others.
    for (const part of [this.#asking, this.#showing, this.#store, this.#host, this.#conversation, this.#transcript,
      this.#composer, this.#sources, this.#presence, this.#appearance]) {
      part.close();
    }
  }

  #listen() {
    const { signal } = this.#stopping;
    listen(document, { click: (_, event) => this.#click(event), keydown: (_, event) => this.#key(event) }, signal);
    listen(this.#composer, { up: () => this.#transcript.focusLast() }, signal);
    listen(this.#host, {
      open: ({ focus }) => {
        this.#presence.isLooking = true;
        if (focus) this.#composer.focus();
      },
      closed: () => {
        this.#sources.card.hide();
        this.#presence.isLooking = false;
      },
      config: (config) => this.#appearance.configure(config),
      new: () => this.#conversation.clear(),
    }, signal);
    if (this.#boot.embed === "inline" && this.#host.isThere) this.#appearance.watchHeight((px) => this.#host.height(px));
    listen(window, {
      pagehide: (_, event) => {
        // A page that is only put aside comes back as it was.
        if (!event.persisted) this.close();
      },
    }, signal);
  }

  async #start() {
    this.#host.tell("ready");
    const context = this.#host.context();
    sendKept(this.#desk, find(document, ".kept"));
    await this.#showing.restore();
    await this.#asking.setContext(await context);
  }

  /** @param {Event} event */
  #click(event) {
    const target = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest("[data-act]"));
    if (!target) return;
    const turn = this.#transcript.viewOf(target)?.turn;
    const { act, mode, quick, conversation } = target.dataset;
    if (act === "new") this.#asking.begin();
    if (act === "menu") this.#menu.open();
    if (act === "close") this.#host.tell("close");
    if (act === "person") void this.#showing.askPerson();
    if (act === "download") this.#download();
    if (act === "quick") this.#asking.quick(quick ?? "");
    if (act === "ask") void this.#asking.ask(target.textContent?.trim() ?? "", /** @type {Mode} */ (mode ?? "answer"));
    if (act === "open" && !target.closest("dialog")) void this.#showing.open(conversation ?? "");
    if (act === "source") this.#sources.open(target, event);
    if (act === "copy-code") void this.#copy(target, target.closest("figure")?.querySelector("code")?.textContent ?? "");
    if (act === "try-again") {
      this.#conversation.wake();
      void this.#presence.look();
    }
    if (!turn) return;
    if (act === "copy") void this.#copy(target, withSources(turn.answer, this.#words, this.#sources.url));
    if (act === "retry") this.#asking.again(turn);
    if (act === "edit") this.#composer.fill(turn.asked.question, turn.asked.mode);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.key !== "Escape" || event.defaultPrevented || this.#menu.isOpen) return;
    if (this.#sources.card.isOpen) this.#sources.card.hide();
    else if (["bubble", "side"].includes(this.#boot.embed)) this.#host.tell("close");
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
    const text = asText(title, this.#conversation.turns, this.#words, this.#sources.url);
    const url = URL.createObjectURL(new Blob([text], { type: "text/markdown;charset=utf-8" }));
    el("a", { href: url, download: `${course}.md` }).click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  }
}

new Panel(JSON.parse(find(document, "#boot").textContent ?? "{}"));
