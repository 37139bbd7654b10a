/**
 * `text/event-stream` as it arrives, cut anywhere.
 * https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 *
 * @typedef {{id: string, kind: string, data: string}} ServerEvent
 */
export class EventParser {
  #rest = "";
  #id = "";
  #kind = "";
  /** @type {string[]} */
  #data = [];

  /**
   * The events that are complete with this piece.
   * @param {string} piece
   * @returns {ServerEvent[]}
   */
  feed(piece) {
    const text = this.#rest + piece;
    // A carriage return at the very end may be the first half of a line's end.
    const end = text.endsWith("\r") ? text.length - 1 : text.length;
    const lines = text.slice(0, end).split(/\r\n|\n|\r/);
    this.#rest = (lines.pop() ?? "") + text.slice(end);
    return lines.flatMap((line) => this.#line(line));
  }

  /** @param {string} line @returns {ServerEvent[]} */
  #line(line) {
    if (line === "") return this.#complete();
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(line[colon + 1] === " " ? colon + 2 : colon + 1);
    if (field === "id") this.#id = value;
    if (field === "event") this.#kind = value;
    if (field === "data") this.#data.push(value);
    return [];
  }

  /** @returns {ServerEvent[]} */
  #complete() {
    const event = { id: this.#id, kind: this.#kind || "message", data: this.#data.join("\n") };
    const isEmpty = !this.#data.length;
    this.#kind = "";
    this.#data = [];
    return isEmpty ? [] : [event];
  }
}
