import { find } from "./dom.js";

/** @typedef {{state: "unknown" | "online" | "quoting" | "offline", model: string}} Presence */

const EVERY_MS = 60_000;
const WHEN_OFFLINE_MS = 5_000;

/** Who would answer now, as it truly is; asked for while someone looks. It tells of `changed`. */
export class PresenceWatch extends EventTarget {
  /** @type {Presence} */
  now = { state: "unknown", model: "" };
  #api;
  #timer = 0;
  #isLooking = true;
  #stopping = new AbortController();

  /** @param {import("./api.js").Api} api */
  constructor(api) {
    super();
    this.#api = api;
    const { signal } = this.#stopping;
    window.addEventListener("offline", () => this.#set({ state: "offline", model: this.now.model }), { signal });
    window.addEventListener("online", () => this.look(), { signal });
    document.addEventListener("visibilitychange", () => this.look(), { signal });
    void this.look();
  }

  /**
   * Whether someone looks.
   * @param {boolean} isLooking
   */
  set isLooking(isLooking) {
    if (this.#isLooking === isLooking) return;
    this.#isLooking = isLooking;
    void this.look();
  }

  /** Ask now, and again after a while. */
  async look() {
    clearTimeout(this.#timer);
    if (document.hidden || !this.#isLooking || this.#stopping.signal.aborted) return;
    try {
      const { state, model } = await this.#api.presence();
      this.#set({ state: state === "online" ? "online" : "quoting", model: String(model ?? "") });
    } catch {
      this.#set({ state: "offline", model: this.now.model });
    }
    clearTimeout(this.#timer);
    const wait = this.now.state === "offline" ? WHEN_OFFLINE_MS : EVERY_MS;
    if (!this.#stopping.signal.aborted) this.#timer = setTimeout(() => this.look(), wait);
  }

  /** Ask no more. */
  close() {
    this.#stopping.abort();
    clearTimeout(this.#timer);
  }

  /** @param {Presence} presence */
  #set(presence) {
    this.now = presence;
    this.dispatchEvent(new CustomEvent("changed"));
  }
}

/**
 * Say who answers: in the head as it is now, in the foot by whom the newest answer really is.
 * @param {Presence} now
 * @param {string | undefined} answerer of the newest answer, if there is one
 * @param {import("./words.js").Words} words
 */
export function drawPresence(now, answerer, words) {
  const state = find(document, ".presence .state");
  state.hidden = now.state === "unknown";
  state.dataset.state = now.state;
  state.textContent = state.hidden ? "" : words.say(now.state);
  const model = answerer === undefined ? now.model : answerer === "quoting" ? "" : answerer;
  const isKnown = answerer !== undefined || now.state === "online" || now.state === "quoting";
  const powered = find(document, ".powered");
  powered.hidden = !isKnown || (answerer === undefined && now.state === "online" && !model);
  powered.textContent = words.say("powered", { who: model || words.say("own_words") });
}
