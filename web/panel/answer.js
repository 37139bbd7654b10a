/**
 * An answer as its events tell it, from the first to the end.
 *
 * @typedef {import("../shared/draw.js").Node} Node
 * @typedef {import("../shared/draw.js").Sentence} Sentence
 * @typedef {{number: number, lesson: string, title: string, section: string, source_start: number, source_end: number,
 *   quote: string, url: string}} Citation
 * @typedef {{lesson: string, title: string, section: string, start: number, end: number}} Passage
 * @typedef {"sending" | "waiting" | "running" | "done" | "stopped" | "refused" | "truncated" | "filtered" | "failed" |
 *   "interrupted"} State `sending`: not accepted yet; `waiting`: accepted, without a word so far.
 */

const ENDS = new Set(["done", "stopped", "refused", "truncated", "filtered", "failed", "interrupted"]);

export class Answer {
  /** @type {State} */
  state = "sending";
  turn = "";
  conversation = "";
  text = "";
  answerer = "";
  fallback = "";
  lastEvent = 0;
  /** Whether the lessons have been searched. */
  hasSearched = false;
  /** @type {Node[]} */
  nodes = [];
  /** @type {Sentence[]} */
  sentences = [];
  /** @type {Citation[]} */
  citations = [];
  /** @type {Passage[]} */
  passages = [];
  /** @type {string[]} */
  suggestions = [];
  #length = 0;

  /** Whether nothing comes after it. */
  get hasEnded() {
    return ENDS.has(this.state);
  }

  /**
   * Take in an event; one that was taken in before changes nothing.
   * @param {{id: string, kind: string, data: string}} event
   * @returns {boolean} whether it was new
   */
  take(event) {
    const seq = Number(event.id);
    if (this.hasEnded || !(seq > this.lastEvent)) return false;
    this.lastEvent = seq;
    const data = JSON.parse(event.data);
    switch (event.kind) {
      case "accepted":
        this.turn = data.turn;
        this.conversation = data.conversation;
        this.state = "waiting";
        break;
      case "retrieved":
        this.passages = data.passages;
        this.hasSearched = true;
        break;
      case "delta":
        this.#grow(data);
        break;
      case "cited":
        this.citations = [...this.citations, data];
        break;
      case "suggested":
        this.suggestions = data.suggestions;
        break;
      case "restarted":
        this.#begin();
        break;
      default:
        if (ENDS.has(event.kind)) this.end(data.turn, this.nodes);
    }
    return true;
  }

  /**
   * Take over a turn that has ended, with the nodes that its answer is drawn from.
   * @param {any} turn
   * @param {Node[]} nodes
   */
  end(turn, nodes) {
    this.turn = turn.id;
    this.conversation = turn.conversation;
    this.state = turn.state;
    this.text = turn.answer;
    this.answerer = turn.answerer;
    this.fallback = turn.fallback;
    this.citations = turn.citations;
    this.passages = turn.passages;
    this.suggestions = turn.suggestions;
    this.sentences = turn.sentences;
    this.nodes = nodes;
  }

  /** @param {{text: string, nodes: Node[], at: number, support: string}} data */
  #grow(data) {
    const start = this.#length;
    this.#length += [...data.text].length;
    this.state = "running";
    this.text += data.text;
    this.nodes = [...this.nodes.slice(0, data.at), ...data.nodes];
    this.sentences = [...this.sentences, { start, end: this.#length, support: data.support }];
  }

  #begin() {
    this.state = "waiting";
    this.text = "";
    this.nodes = [];
    this.sentences = [];
    this.citations = [];
    this.suggestions = [];
    this.#length = 0;
  }
}
