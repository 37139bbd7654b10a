/**
 * The page that holds the panel, by messages of exact origin and shape; without one, nobody.
 *
 * @typedef {{lesson: string, title: string, selection: string, url: string}} Context Where the student is.
 * @typedef {{colour: string, greeting: string, language: string, side: string, scheme: string}} Config
 * @typedef {"asked" | "answered" | "refused" | "feedback" | "followup" | "error"} Happening
 */

/** Where what the page says of itself is cut; how long a question may be is the server's to say. */
const LONGEST = 4000;
const CONTEXT_MS = 400;

export class Host extends EventTarget {
  #parent;
  #origin;
  #longest;
  #stopping = new AbortController();
  /** @type {((context: Context) => void)[]} */
  #asking = [];

  /**
   * It tells of messages by events of their type, with the message as detail.
   * @param {string} origin the only one that is listened and talked to; "" for none
   * @param {number} longest how many characters a question may have
   */
  constructor(origin, longest) {
    super();
    this.#origin = origin;
    this.#longest = longest;
    this.#parent = origin && window.parent !== window ? window.parent : null;
    if (this.#parent) {
      window.addEventListener("message", (event) => this.#take(event), { signal: this.#stopping.signal });
    }
  }

  /** Whether there is a page around. */
  get isThere() {
    return this.#parent !== null;
  }

  /** @param {"ready" | "close" | "uncite"} type */
  tell(type) {
    this.#send({ type });
  }

  /** @param {{lesson: string, url: string, start: number, end: number, quote: string}} place */
  cite(place) {
    this.#send({ type: "cite", ...place });
  }

  /** @param {number} px */
  height(px) {
    this.#send({ type: "height", px });
  }

  /**
   * Tell what happened, by ids and states; never by words of the student's.
   * @param {Happening} name
   * @param {Record<string, string>} detail
   */
  happened(name, detail) {
    this.#send({ type: "event", name, detail });
  }

  /**
   * Where the student is now, or null where nobody answers soon.
   * @returns {Promise<Context | null>}
   */
  context() {
    if (!this.#parent) return Promise.resolve(null);
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(null), CONTEXT_MS);
      this.#asking.push((context) => {
        clearTimeout(timer);
        resolve(context);
      });
      this.#send({ type: "context?" });
    });
  }

  /** Listen no more. */
  close() {
    this.#stopping.abort();
  }

  /** @param {Record<string, any>} message */
  #send(message) {
    this.#parent?.postMessage({ ct: 1, ...message }, this.#origin);
  }

  /** @param {MessageEvent} event */
  #take({ source, origin, data }) {
    if (source !== this.#parent || origin !== this.#origin) return;
    const message = understood(data, this.#longest);
    if (!message) return;
    if (message.type === "context") this.#asking.splice(0).forEach((answer) => answer(message.detail));
    this.dispatchEvent(new CustomEvent(message.type, { detail: message.detail }));
  }
}

/**
 * The type and the fields of a message in one of the known shapes, or null.
 * @param {any} data
 * @param {number} longest where a question is cut
 * @returns {{type: string, detail: any} | null}
 */
export function understood(data, longest) {
  if (typeof data !== "object" || data === null || data.ct !== 1) return null;
  const text = (/** @type {string} */ name, most = LONGEST) =>
    typeof data[name] === "string" ? data[name].slice(0, most) : "";
  switch (data.type) {
    case "open":
      return { type: "open", detail: { focus: data.focus === true } };
    case "closed":
    case "new":
      return { type: data.type, detail: {} };
    case "context": {
      const detail = { lesson: text("lesson"), title: text("title"), selection: text("selection"), url: text("url") };
      return { type: "context", detail };
    }
    case "config": {
      const names = ["colour", "greeting", "language", "side", "scheme"];
      return { type: "config", detail: Object.fromEntries(names.map((name) => [name, text(name)])) };
    }
    case "ask": {
      const question = text("question", longest);
      if (!question) return null;
      const mode = ["answer", "hint", "simple", "summary", "quiz"].includes(data.mode) ? data.mode : "answer";
      return { type: "ask", detail: { question, mode, send: data.send === true } };
    }
    default:
      return null;
  }
}
