import { accentRule } from "./colour.js";
import { find } from "./dom.js";

/** How the page looks in the place that it is in: its colours, its language, and the room that it has. */
export class Appearance {
  #accent = new CSSStyleSheet();
  #room = new CSSStyleSheet();
  #stopping = new AbortController();

  constructor() {
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, this.#accent, this.#room];
    const { signal } = this.#stopping;
    window.visualViewport?.addEventListener("resize", () => this.#fit(), { signal });
    window.visualViewport?.addEventListener("scroll", () => this.#fit(), { signal });
  }

  /**
   * What the page around asks for.
   * @param {import("./host.js").Config} config
   */
  configure({ colour, greeting, language, scheme }) {
    this.#accent.replaceSync(accentRule(colour));
    if (scheme === "light" || scheme === "dark") document.documentElement.dataset.scheme = scheme;
    else delete document.documentElement.dataset.scheme;
    if (greeting) find(document, ".greeting").textContent = greeting;
    const url = new URL(location.href);
    if (language && url.searchParams.get("lang") !== language) {
      url.searchParams.set("lang", language);
      location.replace(url);
    }
  }

  /**
   * Tell how high all of it is, whenever that changes.
   * @param {(px: number) => void} tell
   */
  watchHeight(tell) {
    const parts = [".bar", ".welcome", ".log", ".foot"].map((name) => find(document, name));
    const observer = new ResizeObserver(() =>
      tell(Math.ceil(parts.reduce((sum, part) => sum + part.getBoundingClientRect().height, 0))));
    parts.forEach((part) => observer.observe(part));
    this.#stopping.signal.addEventListener("abort", () => observer.disconnect());
  }

  /** Watch nothing any more. */
  close() {
    this.#stopping.abort();
  }

  /** On phones the keyboard covers the page; the panel keeps to what is in sight. */
  #fit() {
    const { visualViewport: seen } = window;
    if (!seen || seen.scale !== 1) return;
    const isCovered = document.documentElement.clientHeight - seen.height > 1;
    this.#room.replaceSync(isCovered ? `:root { --room: ${seen.height}px; --above: ${seen.offsetTop}px; }` : "");
  }
}
