/**
 * Shows a cited passage: on the page where it stands there, else says where it can be opened.
 *
 * @typedef {{lesson: string, url: string, start: number, end: number, quote: string}} Cited
 * @typedef {{said: string, unmark: () => void}} Shown `said` is for who does not see it.
 */

import { likely, places, plain } from "./finding.js";

const NAME = "course-tutor-citation";
const SKIPPED =
  "script, style, noscript, template, textarea, select, button, svg, annotation, [aria-hidden=true], course-tutor";
const FRAGMENT_WORDS = 6;

/** @type {Record<string, string>} */
const SAID = {
  en: "Shown on the page:",
  es: "Se muestra en la página:",
  fr: "Affiché sur la page :",
  de: "Auf der Seite gezeigt:",
  pt: "Mostrado na página:",
  ar: "معروض في الصفحة:",
  hi: "पेज पर दिखाया गया:",
  zh: "已在页面上显示：",
};

const RULES = `
::highlight(${NAME}) { background-color: #ffe08a; color: #1c1e26; text-decoration: underline #8a6200 2px }
@media (forced-colors: active) { ::highlight(${NAME}) { background-color: Mark; color: MarkText } }`;

/**
 * Scroll to the quote in the page's text and mark it; null where the page does not have it, or not beyond doubt.
 * @param {string} quote Markdown
 * @param {string} language
 * @returns {Shown | null}
 */
export function show(quote, language) {
  const texts = [...textsIn(document.body)];
  const said = texts.map(({ data }) => data);
  const exact = places(said, quote);
  // A page's lists of contents repeat its headings.
  const main = exact.find(({ from }) => texts[from.piece]?.parentElement?.closest("main, article, [role=main]"));
  const place = main ?? exact[0] ?? likely(said, quote);
  if (!place) return null;
  const ranges = texts.slice(place.from.piece, place.to.piece + 1).map((text, at, all) => {
    const range = new Range();
    range.setStart(text, at === 0 ? place.from.offset : 0);
    range.setEnd(text, at === all.length - 1 ? place.to.offset : text.length);
    return range;
  });
  const [first] = ranges;
  if (!first) return null;
  reveal(first.startContainer);
  scrollTo(first);
  return { said: `${SAID[language] ?? SAID.en} “${ranges.join("")}”`, unmark: mark(ranges) };
}

/**
 * Where else the passage can be opened: at the lesson's own address, with the words to scroll to, or in the reader.
 * @param {Cited} cited
 * @param {string} course
 * @param {URL} base what the tutor's addresses are below
 */
export function elsewhere({ lesson, url, start, end, quote }, course, base) {
  const path = [course, "lessons", ...lesson.split("/")].map(encodeURIComponent).join("/");
  const reader = new URL(`courses/${path}#s=${start}-${end}`, base);
  const given = URL.canParse(url) ? new URL(url) : reader;
  const open = /^https?:$/.test(given.protocol) && !given.username && !given.password;
  if (!open || (given.origin === reader.origin && given.pathname === reader.pathname)) return reader.href;
  if (!given.hash.includes(":~:")) given.hash += `:~:text=${fragment(quote)}`;
  return given.href;
}

/**
 * The `text=` of https://wicg.github.io/scroll-to-text-fragment/ for a quote: its first words and its last.
 * @param {string} quote Markdown
 */
export function fragment(quote) {
  const lines = plain(quote)
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
  const first = (lines.at(0) ?? "").split(/\s+/);
  const last = (lines.at(-1) ?? "").split(/\s+/);
  const whole = lines.length === 1 && first.length <= 2 * FRAGMENT_WORDS;
  const ends = whole ? [first] : [first.slice(0, FRAGMENT_WORDS), last.slice(-FRAGMENT_WORDS)];
  return ends.map((words) => encodeURIComponent(words.join(" ")).replaceAll("-", "%2D")).join(",");
}

/**
 * The texts that a reader sees, in their order, also those in open shadow roots.
 * @param {Node} node
 * @returns {Generator<Text>}
 */
function* textsIn(node) {
  for (const child of childrenOf(node)) {
    if (child instanceof Text) {
      if (!(node instanceof Element) || getComputedStyle(node).visibility === "visible") yield child;
    } else if (child instanceof Element && !child.matches(SKIPPED) && getComputedStyle(child).display !== "none") {
      yield* textsIn(child);
    }
  }
}

/**
 * @param {Node} node
 * @returns {Iterable<Node>}
 */
function childrenOf(node) {
  if (node instanceof HTMLSlotElement) {
    const given = node.assignedNodes();
    if (given.length) return given;
  }
  return (node instanceof Element && node.shadowRoot ? node.shadowRoot : node).childNodes;
}

/** @param {Node} node */
function* ancestors(node) {
  for (let at = parent(node); at; at = parent(at)) if (at instanceof HTMLElement) yield at;
}

/** @param {Node} node @returns {Node | null} */
function parent(node) {
  if (node instanceof ShadowRoot) return node.host;
  return (node instanceof Element || node instanceof Text ? node.assignedSlot : null) ?? node.parentNode;
}

/** Open what the words are folded away in. @param {Node} node */
function reveal(node) {
  for (const around of ancestors(node)) {
    if (around instanceof HTMLDetailsElement) around.open = true;
    if (around.getAttribute("hidden") === "until-found") {
      around.dispatchEvent(new Event("beforematch", { bubbles: true }));
      around.removeAttribute("hidden");
    }
  }
}

/** Bring the range to a third of each box that scrolls around it. @param {Range} range */
function scrollTo(range) {
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  for (const around of ancestors(range.startContainer)) {
    const root = around === document.scrollingElement;
    if (around.scrollHeight <= around.clientHeight && !root) continue;
    if (!root && !/auto|scroll/.test(getComputedStyle(around).overflowY)) continue;
    const top = range.getBoundingClientRect().top - (root ? 0 : around.getBoundingClientRect().top);
    around.scrollBy({ top: top - around.clientHeight / 3, behavior: root && !calm ? "smooth" : "instant" });
  }
}

/**
 * @param {Range[]} ranges
 * @returns {() => void} undoes it
 */
function mark(ranges) {
  if (!("highlights" in CSS)) {
    const selection = getSelection();
    const [first, last] = [ranges[0], ranges.at(-1)];
    if (first) selection?.collapse(first.startContainer, first.startOffset);
    if (last) selection?.extend(last.endContainer, last.endOffset);
    return () => selection?.removeAllRanges();
  }
  // Rules for a highlight hold only in the tree that they stand in: the page, or a shadow root of it.
  /** @type {Set<any>} */
  const roots = new Set(ranges.map((range) => range.startContainer.getRootNode()));
  const rules = new CSSStyleSheet();
  rules.replaceSync(RULES);
  for (const root of roots) root.adoptedStyleSheets.push(rules);
  const highlight = new Highlight(...ranges);
  CSS.highlights.set(NAME, highlight);
  return () => {
    for (const root of roots) {
      root.adoptedStyleSheets = [...root.adoptedStyleSheets].filter((sheet) => sheet !== rules);
    }
    if (CSS.highlights.get(NAME) === highlight) CSS.highlights.delete(NAME);
  };
}
