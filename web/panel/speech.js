import { plain } from "./plain.js";

/** What a screen reader is told, apart from what it reads: one region, always there, and one thing at a time. */
export class Speech {
  #region;
  #timer = 0;

  /** @param {HTMLElement} region */
  constructor(region) {
    this.#region = region;
  }

  /**
   * Say something; the same words twice are said twice.
   * @param {string} words
   */
  say(words) {
    clearTimeout(this.#timer);
    this.#region.textContent = "";
    // A change is told only where there was something else before.
    this.#timer = setTimeout(() => {
      this.#region.textContent = words;
    }, 60);
  }
}

/**
 * An answer as it is read aloud at its end: its words once, and where they are from.
 * @param {import("./answer.js").Answer} answer
 * @param {import("./words.js").Words} words
 */
export function spoken(answer, words) {
  const sources = answer.citations.map(({ number, title }) => `${number}: ${title}`);
  const ending = sources.length ? `\n${words.say("sources")}: ${sources.join("; ")}` : "";
  return `${plain(answer.nodes) || words.say(`ended_${answer.state}`)}${ending}`;
}
