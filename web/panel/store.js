/** What a browser keeps for a course; where it keeps nothing, or is full, it is kept as long as the page lives. */
export class Store extends EventTarget {
  #prefix;
  /** @type {Map<string, string | null>} */
  #held = new Map();
  #stopping = new AbortController();

  /** @param {string} course */
  constructor(course) {
    super();
    this.#prefix = `course-tutor:${course}:`;
    globalThis.addEventListener?.(
      "storage",
      (/** @type {any} */ event) => {
        if (event.key?.startsWith(this.#prefix)) {
          this.dispatchEvent(new CustomEvent("elsewhere", { detail: event.key.slice(this.#prefix.length) }));
        }
      },
      { signal: this.#stopping.signal },
    );
  }

  /**
   * What was kept under a name, or null; also when someone else wrote what cannot be read.
   * @param {string} name
   * @returns {any}
   */
  get(name) {
    try {
      const kept = this.#held.has(name) ? this.#held.get(name) : localStorage.getItem(this.#prefix + name);
      return kept ? JSON.parse(kept) : null;
    } catch {
      return null;
    }
  }

  /**
   * Keep a value, or forget it where it is null.
   * @param {string} name
   * @param {any} value
   */
  set(name, value) {
    const text = value === null ? null : JSON.stringify(value);
    this.#held.delete(name);
    try {
      if (text === null) localStorage.removeItem(this.#prefix + name);
      else localStorage.setItem(this.#prefix + name, text);
    } catch {
      this.#held.set(name, text);
    }
  }

  /** No longer tell of what other tabs keep. */
  close() {
    this.#stopping.abort();
  }
}
