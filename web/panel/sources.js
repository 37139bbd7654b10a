import { SourceCard, readerUrl } from "./citations.js";

/** @typedef {import("./answer.js").Citation} Citation */

/** What the answers that are shown were made of: quoted where it is pointed at, and opened in its lesson. */
export class Sources {
  card;
  #course;
  #transcript;
  #host;

  /**
   * @param {HTMLElement} scroller
   * @param {{course: string, words: import("./words.js").Words, host: import("./host.js").Host,
   *   transcript: import("./transcript.js").Transcript}} panel
   */
  constructor(scroller, { course, words, host, transcript }) {
    this.#course = course;
    this.#transcript = transcript;
    this.#host = host;
    this.card = new SourceCard(scroller, words, (mark) => this.#of(mark));
  }

  /**
   * Show the words in their lesson: on the page around, which may hold it, else on the reader's.
   * @param {Element} target a mark, or a link in the list of sources
   * @param {Event} event
   */
  open(target, event) {
    const citation = this.#of(target);
    if (!citation) return;
    const { lesson, source_start: start, source_end: end, quote } = citation;
    this.card.hide();
    if (this.#host.isThere) {
      event.preventDefault();
      this.#host.cite({ lesson, url: this.url(citation), start, end, quote });
    } else if (target.matches(".cite")) {
      window.open(this.url(citation), "_blank", "noopener");
    }
  }

  /**
   * Where the reader shows a citation's words, as a whole address.
   * @param {Citation} citation
   */
  url = ({ lesson, source_start: start, source_end: end }) =>
    new URL(readerUrl(this.#course, { lesson, start, end }), location.href).href;

  /** Listen no more. */
  close() {
    this.card.close();
  }

  /** @param {Element} mark */
  #of(mark) {
    const number = Number(mark.getAttribute("data-number"));
    return this.#transcript.viewOf(mark)?.turn.answer.citations.find((citation) => citation.number === number);
  }
}
