/**
 * The panel's place on a page: a dialog beside the launcher and in it a frame, whose origin alone is believed.
 *
 * @typedef {import("./highlighter.js").Cited} Cited
 * @typedef {"bubble" | "side" | "inline" | "full"} Form
 * @typedef {{type: string, [field: string]: unknown}} Message
 * @typedef {(name: string, detail?: object) => void} Tell
 */

import { contextOf, watch } from "./page.js";

const BASE = new URL("../../../", import.meta.url);
const TOLD = ["asked", "answered", "refused", "feedback", "followup", "error"];
const WIDTH_PX = 408;
const [LEAST_HEIGHT_PX, MOST_HEIGHT_PX] = [160, 4000];
/** After the frame has loaded, how long its panel may take to say that it is ready. */
const PATIENCE_MS = 5000;
const MOST_CHARACTERS = 20_000;

const SHEET = sheet(`
dialog { box-sizing: border-box; position: absolute; inset: auto; inset-block-end: 68px; inset-inline-end: 0;
  inline-size: ${WIDTH_PX}px; block-size: min(704px, 100dvh - 108px - var(--lift)); max-inline-size: none;
  max-block-size: none; margin: 0; padding: 0; overflow: hidden; border: 1px solid light-dark(#d8d4ca, #313641);
  border-radius: 16px; background: light-dark(#faf9f6, #14161b); box-shadow: 0 8px 40px #0004 }
.start dialog { inset-inline: 0 auto }
dialog::backdrop { background: none }
.side dialog { position: fixed; inset-block: 0; block-size: auto; border-width: 0; border-inline-start-width: 1px;
  border-radius: 0; box-shadow: none }
.side.start dialog { border-inline-width: 0 1px }
.side:has(.ready[open]) button { visibility: hidden }
.inline dialog { position: static; inline-size: 100%; block-size: var(--height, 480px); box-shadow: none }
.full dialog { position: fixed; inset: var(--top, 0) 0 auto; inline-size: 100%; block-size: var(--seen, 100dvh);
  padding: env(safe-area-inset-top) env(safe-area-inset-right) env(safe-area-inset-bottom) env(safe-area-inset-left);
  border: 0; border-radius: 0 }
iframe { display: block; inline-size: 100%; block-size: 100%; border: 0 }
.said { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); margin: 0;
  white-space: nowrap }
@media (prefers-reduced-motion: no-preference) { dialog[open] { animation: come .16s ease-out } }
@keyframes come { from { opacity: 0; translate: 0 8px } }`);

export class Frame {
  #tutor;
  #tell;
  #language;
  #life = new AbortController();
  #own = sheet(":host {}");
  #push = sheet("");
  #dialog = document.createElement("dialog");
  #frame = document.createElement("iframe");
  #said = document.createElement("p");
  #ready = false;
  #failed = false;
  /** Whether the panel is to have the focus as soon as it can. */
  #focus = false;
  /** What the panel is told when it is ready. @type {Message[]} */
  #waiting = [];
  #unmark = () => {};

  /**
   * @param {HTMLElement & {close(): void, draw(): void, opened: boolean}} tutor
   * @param {HTMLElement} dock what the dialog is put into
   * @param {string} language
   * @param {Tell} tell
   */
  constructor(tutor, dock, language, tell) {
    this.#tutor = tutor;
    this.#tell = tell;
    this.#language = language;
    const { signal } = this.#life;
    addEventListener("message", (event) => this.#hear(event), { signal });
    for (const name of ["resize", "scroll"]) visualViewport?.addEventListener(name, () => this.#fit(), { signal });
    watch(() => this.#context(), signal);
    this.#dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      tutor.close();
    });
    this.#frame.addEventListener("load", () => setTimeout(() => this.#doubt(), PATIENCE_MS));
    this.#frame.allow = "clipboard-write";
    this.#frame.loading = this.#embed === "inline" ? "lazy" : "eager";
    this.#frame.src = this.#address;
    this.#said.className = "said";
    this.#said.role = "status";
    this.#dialog.append(this.#frame);
    dock.prepend(this.#dialog);
    dock.append(this.#said);
    tutor.shadowRoot?.adoptedStyleSheets.push(SHEET, this.#own);
    document.adoptedStyleSheets.push(this.#push);
  }

  /** Leave nothing behind. */
  stop() {
    this.#life.abort();
    this.#unmark();
    this.#dialog.remove();
    this.#said.remove();
    for (const root of [document, this.#tutor.shadowRoot]) {
      if (!root) continue;
      const ours = [SHEET, this.#own, this.#push];
      root.adoptedStyleSheets = root.adoptedStyleSheets.filter((other) => !ours.includes(other));
    }
  }

  /**
   * Show the dialog as the tutor's attributes say.
   * @param {Form} form
   * @param {string} label
   */
  draw(form, label) {
    const { opened } = this.#tutor;
    const dialog = this.#dialog;
    dialog.ariaLabel = this.#frame.title = label;
    dialog.classList.toggle("ready", this.#ready);
    // Until the panel is there, the launcher is what closes it: then it must not be inert.
    const modal = form === "full" && this.#ready;
    const was = dialog.open;
    if (was && (!opened || modal !== dialog.matches(":modal"))) dialog.close();
    if (opened && !dialog.open) {
      if (modal) dialog.showModal();
      else dialog.open = true;
    }
    const start = this.#value("side") === "start";
    const rtl = getComputedStyle(this.#tutor).direction === "rtl";
    const pushed = opened && form === "side" && !this.#tutor.hasAttribute("overlay");
    const margin = `margin-${start === rtl ? "right" : "left"}: ${WIDTH_PX}px !important`;
    this.#push.replaceSync(pushed ? `:root { ${margin} }` : "");
    this.#fit();
    this.#post({ type: "config", ...this.#config });
    this.#context();
    if (opened && !was) this.#show();
    if (!opened && was) this.#hide();
  }

  /**
   * Tell the panel, as soon as it is ready.
   * @param {Message} message
   */
  send(message) {
    if (message.type === "open") this.#enter();
    else if (this.#ready) this.#post(message);
    else this.#waiting.push(message);
  }

  #show() {
    // What could not be loaded before may be there now.
    if (this.#failed) this.#frame.src = this.#address;
    this.#failed = false;
    this.#post({ type: "open", focus: false });
  }

  #hide() {
    this.#focus = false;
    this.#unmark();
    this.#post({ type: "closed" });
  }

  #enter() {
    this.#focus = !this.#ready;
    if (this.#focus || !this.#tutor.opened) return;
    this.#frame.focus();
    this.#post({ type: "open", focus: true });
  }

  /** @param {Message} message */
  #post(message) {
    if (this.#ready) this.#frame.contentWindow?.postMessage({ ct: 1, ...message }, BASE.origin);
  }

  /** @param {MessageEvent} event */
  #hear({ data, origin, source }) {
    if (!source || source !== this.#frame.contentWindow || origin !== BASE.origin || data?.ct !== 1) return;
    if (data.type === "ready") this.#begin();
    else if (data.type === "close") this.#tutor.close();
    else if (data.type === "context?") this.#context();
    else if (data.type === "height") this.#grow(data.px);
    else if (data.type === "uncite") this.#unmark();
    else if (data.type === "cite") void this.#cite(data);
    else if (data.type === "event" && TOLD.includes(data.name)) this.#tell(data.name, Object(data.detail));
  }

  #begin() {
    this.#ready = true;
    this.#failed = false;
    this.#tutor.draw();
    if (this.#focus) this.#enter();
    else if (this.#tutor.opened) this.#post({ type: "open", focus: false });
    for (const message of this.#waiting.splice(0)) this.#post(message);
    this.#tell("ready");
  }

  #doubt() {
    if (this.#ready || this.#life.signal.aborted) return;
    this.#failed = true;
    this.#tell("error", { code: "unreachable" });
  }

  #context() {
    if (this.#ready) this.#post({ type: "context", ...contextOf(this.#value("lesson")) });
  }

  /** @param {unknown} px */
  #grow(px) {
    if (typeof px !== "number" || !(px > 0)) return;
    this.#set("--height", `${Math.min(Math.max(px, LEAST_HEIGHT_PX), MOST_HEIGHT_PX)}px`);
  }

  /** A phone's keyboard leaves less of the page to be seen; a reader who zooms sees less of it by choice. */
  #fit() {
    const { height, offsetTop, scale } = visualViewport ?? { height: 0, offsetTop: 0, scale: 0 };
    this.#set("--seen", scale === 1 ? `${height}px` : "");
    this.#set("--top", scale === 1 ? `${offsetTop}px` : "");
  }

  /** @param {Record<string, unknown>} said */
  async #cite({ lesson, url, start, end, quote }) {
    const words = [lesson, url, quote].every((text) => typeof text === "string" && text.length <= MOST_CHARACTERS);
    if (!words || !Number.isSafeInteger(start) || !Number.isSafeInteger(end)) return;
    const cited = /** @type {Cited} */ ({ lesson, url, start, end, quote });
    this.#unmark();
    const event = new CustomEvent("course-tutor:cite", { cancelable: true, detail: cited });
    // The page may know better where its lesson's words are.
    if (!document.dispatchEvent(event)) {
      this.#unmark = () => document.dispatchEvent(new CustomEvent("course-tutor:uncite"));
      return this.#stepAside();
    }
    const { elsewhere, show } = await import("./highlighter.js");
    if (this.#life.signal.aborted) return;
    const here = contextOf(this.#value("lesson")).lesson;
    const shown = here && here !== cited.lesson ? null : show(cited.quote, this.#language);
    if (!shown) return go(elsewhere(cited, this.#value("course"), BASE));
    this.#stepAside();
    this.#said.textContent = shown.said;
    this.#unmark = () => {
      shown.unmark();
      this.#said.textContent = "";
      this.#unmark = () => {};
    };
  }

  /** What is shown on the page must not lie behind the panel. */
  #stepAside() {
    if (this.#dialog.matches(":modal")) this.#tutor.close();
  }

  get #embed() {
    const mode = this.#value("mode");
    return mode === "side" || mode === "inline" ? mode : "bubble";
  }

  get #address() {
    const given = new URLSearchParams({ embed: this.#embed, origin: location.origin, lang: this.#language });
    return new URL(`panel/${encodeURIComponent(this.#value("course"))}?${given}`, BASE).href;
  }

  get #config() {
    const [colour, greeting, side, scheme] = ["colour", "greeting", "side", "scheme"].map((name) => this.#value(name));
    return { colour, greeting, language: this.#language, side, scheme };
  }

  /** @param {string} name of an attribute */
  #value(name) {
    return this.#tutor.getAttribute(name) ?? "";
  }

  /** @param {string} name of a property of the tutor's own rules @param {string} value */
  #set(name, value) {
    const [rule] = this.#own.cssRules;
    if (rule instanceof CSSStyleRule) rule.style.setProperty(name, value, "important");
  }
}

/**
 * The tutor's own pages go on in the same tab; any other page is left as it is.
 * @param {string} url
 */
function go(url) {
  if (location.origin === BASE.origin && new URL(url).origin === BASE.origin) location.assign(url);
  else window.open(url, "_blank", "noopener");
}

/** @param {string} rules */
function sheet(rules) {
  const made = new CSSStyleSheet();
  made.replaceSync(rules);
  return made;
}
