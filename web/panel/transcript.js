import { TurnView } from "./turn_view.js";

const NEAR_PX = 32;
const ABOVE_PX = 8;
const MOST_QUESTION = 0.4;

/**
 * The turns on the page, drawn once a frame. A new answer grows downwards from its question, which stays in sight: who
 * reads from the beginning is not carried off. The newest words are followed where the reader goes to them.
 */
export class Transcript {
  #scroller;
  #list;
  #panel;
  /** @type {Map<import("./conversation.js").Turn, TurnView>} */
  #views = new Map();
  /** @type {Set<TurnView>} */
  #waiting = new Set();
  #frame = 0;
  #timer = 0;
  #toEnd;
  /** @type {"question" | "end" | ""} What is kept in sight while the newest answer grows; nothing once the reader goes. */
  #keeps = "end";
  #stopping = new AbortController();

  /**
   * @param {HTMLElement} scroller
   * @param {HTMLElement} list
   * @param {HTMLElement} toEnd the button that leads to the newest words
   * @param {import("./turn_view.js").Panel} panel
   */
  constructor(scroller, list, toEnd, panel) {
    this.#scroller = scroller;
    this.#list = list;
    this.#toEnd = toEnd;
    this.#panel = panel;
    const { signal } = this.#stopping;
    scroller.addEventListener("scroll", () => {
      toEnd.hidden = this.#isAtEnd;
      // What is where it is kept was not scrolled by the reader.
      const isKept = this.#keeps && Math.abs(scroller.scrollTop - this.#place) <= 1;
      if (!isKept) this.#keeps = this.#isAtEnd ? "end" : "";
    }, { signal, passive: true });
    toEnd.addEventListener("click", () => this.toEnd(), { signal });
    list.addEventListener("keydown", (event) => this.#walk(event), { signal });
    // Whatever makes the room smaller, a keyboard or more lines in the field, leaves it in sight.
    const observer = new ResizeObserver(() => this.#views.size > 0 && this.#keep());
    observer.observe(scroller);
    signal.addEventListener("abort", () => observer.disconnect());
  }

  /**
   * Show a turn below the others.
   * @param {import("./conversation.js").Turn} turn
   */
  add(turn) {
    const view = new TurnView(turn, this.#panel);
    this.#views.set(turn, view);
    this.#list.append(view.question, view.answer);
    if (this.#keeps) this.#keeps = "question";
    this.#keep();
  }

  /**
   * Draw a turn with the next frame.
   * @param {import("./conversation.js").Turn} turn
   */
  changed(turn) {
    const view = this.#views.get(turn);
    if (!view) return;
    this.#waiting.add(view);
    if (this.#frame) return;
    this.#frame = requestAnimationFrame(() => this.#draw());
    // There are no frames in a tab that is not seen.
    this.#timer = setTimeout(() => this.#draw(), 250);
  }

  /** @param {import("./conversation.js").Turn} turn */
  remove(turn) {
    const view = this.#views.get(turn);
    view?.question.remove();
    view?.answer.remove();
    this.#views.delete(turn);
  }

  /** Show none. */
  clear() {
    this.#views.clear();
    this.#waiting.clear();
    this.#list.replaceChildren();
    this.#keeps = "end";
  }

  /** Go to the newest words, and stay there. */
  toEnd() {
    this.#keeps = "end";
    this.#keep();
  }

  /**
   * The view that an element belongs to.
   * @param {Element} element
   */
  viewOf(element) {
    return [...this.#views.values()].find(({ question, answer }) => question.contains(element) || answer.contains(element));
  }

  /** The newest turn's view, if there is one. */
  get last() {
    return [...this.#views.values()].at(-1);
  }

  /** Put the focus on the newest message. */
  focusLast() {
    /** @type {HTMLElement | null} */ (this.#list.lastElementChild)?.focus();
  }

  /** Listen no more. */
  close() {
    this.#stopping.abort();
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#timer);
  }

  #draw() {
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#timer);
    this.#frame = 0;
    this.#waiting.forEach((view) => view.draw());
    this.#waiting.clear();
    this.#keep();
  }

  get #isAtEnd() {
    const { scrollTop, scrollHeight, clientHeight } = this.#scroller;
    return scrollHeight - scrollTop - clientHeight < NEAR_PX;
  }

  /** Scroll to what is to be in sight. */
  #keep() {
    if (this.#keeps) this.#scroller.scrollTop = this.#place;
    this.#toEnd.hidden = this.#isAtEnd;
  }

  /** How far to scroll: to the end, or to the newest question at the top, of a long one as much as leaves room. */
  get #place() {
    const { scrollTop, scrollHeight, clientHeight } = this.#scroller;
    const { last } = this;
    const end = scrollHeight - clientHeight;
    if (!last || this.#keeps !== "question") return end;
    const { top } = this.#scroller.getBoundingClientRect();
    const question = last.question.getBoundingClientRect().top - ABOVE_PX;
    const answer = last.answer.getBoundingClientRect().top - MOST_QUESTION * clientHeight;
    return Math.min(end, scrollTop - top + Math.max(question, answer));
  }

  /** @param {KeyboardEvent} event */
  #walk(event) {
    const from = /** @type {HTMLElement} */ (event.target);
    if (!from.matches("article") || event.altKey || event.ctrlKey || event.metaKey) return;
    const all = /** @type {HTMLElement[]} */ ([...this.#list.querySelectorAll("article")]);
    const at = all.indexOf(from);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (to === undefined || !all[to]) return;
    event.preventDefault();
    all[to].focus({ preventScroll: true });
    all[to].scrollIntoView({ block: "nearest" });
  }
}
