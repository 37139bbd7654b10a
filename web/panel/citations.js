import { el, icon } from "./dom.js";

/**
 * @typedef {import("./answer.js").Citation} Citation
 * @typedef {import("./words.js").Words} Words
 */

const LONGEST_QUOTE = 320;
const MARGIN = 8;

/**
 * Where a lesson's words are read on this server.
 * @param {string} course
 * @param {{lesson: string, start?: number, end?: number, anchor?: string}} place
 */
export function readerUrl(course, { lesson, start, end, anchor = "" }) {
  const path = lesson.split("/").map(encodeURIComponent).join("/");
  const at = start === undefined ? anchor && `#${encodeURIComponent(anchor)}` : `#s=${start}-${end}`;
  return `/courses/${encodeURIComponent(course)}/lessons/${path}${at}`;
}

/**
 * A citation's name: "Source 2: Attention, Masks".
 * @param {Words} words
 * @param {number} number
 * @param {Citation} [citation]
 */
export function sourceName(words, number, citation) {
  if (!citation) return words.say("source", { number });
  return words.say("source_named", { number, place: place(citation) });
}

/**
 * A lesson's exact words as they are read: its Markdown without the marks, cut where it is long.
 * @param {string} quote
 */
export function readableQuote(quote) {
  const text = quote
    .replace(/^#{1,6}\s+/gm, "")
    .replace(/^\s*\|?(?:\s*:?-{2,}:?\s*\|)+\s*:?-*:?\s*$\n?/gm, "")
    .replace(/^[ \t]*\|[ \t]*|[ \t]*\|[ \t]*$/gm, "")
    .replace(/[ \t]*\|[ \t]*/g, " · ")
    .replace(/\*\*|__|`/g, "")
    .replace(/\n{2,}/g, "\n")
    .trim();
  const letters = [...text];
  return letters.length > LONGEST_QUOTE ? `${letters.slice(0, LONGEST_QUOTE).join("").trimEnd()}…` : text;
}

/**
 * The sources of an answer: a line for each place, with a link for each of its numbers.
 * @param {Words} words
 * @param {string} course
 * @param {Citation[]} citations
 */
export function sourceList(words, course, citations) {
  /** @type {Map<string, Citation[]>} */
  const places = new Map();
  for (const citation of citations) {
    const key = `${citation.lesson}\n${citation.section}`;
    places.set(key, [...(places.get(key) ?? []), citation]);
  }
  const lines = [...places.values()].map((group) =>
    el("li", {},
      el("span.numbers", {}, ...group.map((citation) => {
        const { number, lesson, source_start: start, source_end: end } = citation;
        const href = readerUrl(course, { lesson, start, end });
        return el("a.number", { href, target: "_blank", rel: "noopener", "data-act": "source", "data-number": number,
          "aria-label": sourceName(words, number, citation) }, String(number));
      })),
      el("span.place", { "aria-hidden": "true" }, el("bdi.lesson", {}, group[0].title), ...sectionOf(group[0]))));
  return el("section.sources", { "aria-label": words.say("sources") },
    el("h3", {}, words.say("sources")), el("ol", { role: "list" }, ...lines));
}

/** The quote behind a mark, shown while the mark is pointed at or focused. */
export class SourceCard {
  #card = el("div.source-card", { popover: "manual", id: "source-card", role: "tooltip" });
  #sheet = new CSSStyleSheet();
  #words;
  #find;
  /** @type {Element | null} */
  #mark = null;
  #timer = 0;
  #stopping = new AbortController();

  /**
   * @param {HTMLElement} root holds the marks
   * @param {Words} words
   * @param {(mark: Element) => Citation | undefined} find the citation of a mark
   */
  constructor(root, words, find) {
    this.#words = words;
    this.#find = find;
    this.#sheet.replaceSync(".source-card { inset-block-start: 0; inset-inline-start: 0; }");
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, this.#sheet];
    root.append(this.#card);
    const { signal } = this.#stopping;
    /** @type {(kind: string, listener: (mark: Element | null, event: Event) => void) => void} */
    const on = (kind, listener) =>
      root.addEventListener(kind, (event) => listener(/** @type {Element} */ (event.target).closest(".cite, .number"), event), { signal });
    on("pointerover", (mark, event) => {
      if (mark && /** @type {PointerEvent} */ (event).pointerType === "mouse") this.#soon(() => this.show(mark), 120);
    });
    on("pointerout", (mark) => mark && this.#soon(() => this.hide(), 200));
    on("focusin", (mark) => mark && this.show(mark));
    on("focusout", (mark) => mark && this.hide());
    root.addEventListener("scroll", () => this.#mark && this.#place(this.#mark), { signal, passive: true });
    // What is pointed at stays, so that its words can be read and selected.
    this.#card.addEventListener("pointerover", () => clearTimeout(this.#timer));
    this.#card.addEventListener("pointerout", () => this.#soon(() => this.hide(), 200));
  }

  /** Whether it is shown. */
  get isOpen() {
    return this.#mark !== null;
  }

  /**
   * Show what a mark stands for.
   * @param {Element} mark
   */
  show(mark) {
    clearTimeout(this.#timer);
    const citation = this.#find(mark);
    if (!citation || this.#mark === mark) return;
    this.hide();
    this.#card.replaceChildren(
      el("p.place", {}, icon("lesson"), el("span", {}, el("bdi.lesson", {}, citation.title), ...sectionOf(citation))),
      el("blockquote", { dir: "auto" }, readableQuote(citation.quote)),
      el("p.how", {}, this.#words.say("open_source")),
    );
    this.#mark = mark;
    mark.setAttribute("aria-describedby", this.#card.id);
    this.#card.showPopover();
    this.#place(mark);
  }

  /** Show nothing. */
  hide() {
    clearTimeout(this.#timer);
    this.#mark?.removeAttribute("aria-describedby");
    this.#mark = null;
    if (this.#card.matches(":popover-open")) this.#card.hidePopover();
  }

  /** Listen no more. */
  close() {
    this.hide();
    this.#stopping.abort();
  }

  /** @param {Element} mark */
  #place(mark) {
    const [at, card] = [mark.getBoundingClientRect(), this.#card.getBoundingClientRect()];
    const { clientWidth: width, clientHeight: height } = document.documentElement;
    const left = Math.max(MARGIN, Math.min(at.left + at.width / 2 - card.width / 2, width - card.width - MARGIN));
    const below = at.bottom + MARGIN;
    const fits = below + card.height <= height - MARGIN;
    const top = fits ? below : Math.max(MARGIN, at.top - card.height - MARGIN);
    // Through a sheet of its own: a policy may forbid styles in attributes.
    this.#sheet.replaceSync(`.source-card { left: ${left}px; top: ${top}px; right: auto; bottom: auto; }`);
  }

  /**
   * @param {() => void} what
   * @param {number} milliseconds
   */
  #soon(what, milliseconds) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(what, milliseconds);
  }
}

/** @param {Citation} citation */
function place({ title, section }) {
  const last = lastSection(title, section);
  return last ? `${title}, ${last}` : title;
}

/** @param {Citation} citation */
function sectionOf({ title, section }) {
  const last = lastSection(title, section);
  return last ? [el("span.section", {}, " › ", el("bdi", {}, last))] : [];
}

/**
 * The nearest heading, unless it is the lesson's own.
 * @param {string} title
 * @param {string} section
 */
function lastSection(title, section) {
  const last = section.split(" › ").at(-1) ?? "";
  return last === title ? "" : last;
}
