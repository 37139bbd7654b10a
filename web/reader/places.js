/**
 * Opens the places of a lesson that an address names: `#s=120-260` is a span of its text, `#t=95` a time; pages, slides
 * and headings are elements, which the browser finds by itself. The tutor beside the lesson asks for spans by events.
 */
import { selectSpan } from "./spans.js";

const SPAN = /^#s=(\d{1,9})-(\d{1,9})$/;
const PLACE = /^#(t|page|slide|cell)=(\d{1,9})$/;
const NAME = "cited";

/** @param {HTMLElement} article the lesson @param {HTMLElement} status what says what was done */
export function openPlaces(article, status) {
  const follow = () => {
    const span = SPAN.exec(location.hash);
    if (span) show(article, status, Number(span[1]), Number(span[2]));
    else nearest(article);
  };
  addEventListener("hashchange", follow);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") clear();
  });
  follow();
}

/**
 * Answers the tutor's wish to see a citation: in this lesson at once, else on the cited lesson's page.
 * @param {string} course
 * @param {HTMLElement | null} article
 * @param {HTMLElement | null} status
 */
export function answerCitations(course, article, status) {
  document.addEventListener("course-tutor:cite", (event) => {
    const { lesson, start, end } = /** @type {CustomEvent} */ (event).detail ?? {};
    if (typeof lesson !== "string" || !Number.isSafeInteger(start) || !Number.isSafeInteger(end)) return;
    event.preventDefault();
    const fragment = `#s=${start}-${end}`;
    if (article && status && article.dataset.lesson === lesson) {
      history.replaceState(history.state, "", fragment);
      show(article, status, start, end);
    } else {
      const path = lesson.split("/").map(encodeURIComponent).join("/");
      location.assign(`/courses/${encodeURIComponent(course)}/lessons/${path}${fragment}`);
    }
  });
  document.addEventListener("course-tutor:uncite", clear);
}

/** @param {HTMLElement} article @param {HTMLElement} status @param {number} start @param {number} end */
function show(article, status, start, end) {
  clear();
  const ranges = start < end ? selectSpan(article, start, end) : null;
  const [first] = ranges ?? [];
  const last = ranges?.at(-1);
  status.textContent = (ranges ? status.dataset.shown : status.dataset.gone) ?? "";
  if (!ranges || !first || !last) {
    status.classList.remove("unseen");
    return;
  }
  status.classList.add("unseen");
  if ("highlights" in CSS) CSS.highlights.set(NAME, new Highlight(...ranges));
  getSelection()?.setBaseAndExtent(first.startContainer, first.startOffset, last.endContainer, last.endOffset);
  // So that the tutor beside the lesson does not take it for words that the student has chosen.
  article.dataset.cited = String(getSelection()).trim();
  scrollTo(first);
}

/** @param {Range} range */
function scrollTo(range) {
  const from = range.startContainer;
  const holder = from instanceof Element ? from : from.parentElement;
  const frame = holder?.closest("pre, .scroll");
  if (frame) {
    const [inner, outer] = [range.getBoundingClientRect(), frame.getBoundingClientRect()];
    if (inner.left < outer.left || inner.right > outer.right) frame.scrollLeft += inner.left - outer.left - 32;
  }
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const top = range.getBoundingClientRect().top + scrollY - innerHeight / 4;
  window.scrollTo({ top: Math.max(0, top), behavior: calm ? "instant" : "smooth" });
}

function clear() {
  if ("highlights" in CSS) CSS.highlights.delete(NAME);
}

/**
 * What the address names may lie between two places, or in a page without words: then the one before it is shown.
 * @param {HTMLElement} article
 */
function nearest(article) {
  const [, kind, number] = PLACE.exec(location.hash) ?? [];
  if (!kind || document.getElementById(`${kind}=${number}`)) return;
  let best = null;
  for (const place of article.querySelectorAll(`[id^="${kind}="]`)) {
    if (Number(place.id.slice(kind.length + 1)) <= Number(number)) best = place;
  }
  best?.scrollIntoView();
}
