/** `<course-tutor>`: a course's tutor on any page, in one file; `frame.js` is what opening it asks for. */

const HERE = import.meta.url;
const ATTRIBUTES = "course lesson mode colour side language greeting scheme label overlay open".split(" ");
const CALLS = ["open", "close", "toggle", "ask", "setLesson", "newConversation"];
const ROOMY = matchMedia("(min-width: 600px) and (min-height: 480px)");
const WIDE = matchMedia("(min-width: 900px)");

/** To open, to close, and in place of what did not load. @type {Record<string, string[]>} */
const WORDS = {
  en: ["Ask the tutor", "Close the tutor", "This did not load. Open the tutor’s page"],
  es: ["Preguntar al tutor", "Cerrar el tutor", "No se cargó. Abrir la página del tutor"],
  fr: ["Demander au tuteur", "Fermer le tuteur", "Rien n’est venu. Ouvrir la page du tuteur"],
  de: ["Den Tutor fragen", "Tutor schließen", "Nicht geladen. Seite des Tutors öffnen"],
  pt: ["Perguntar ao tutor", "Fechar o tutor", "Não carregou. Abrir a página do tutor"],
  ar: ["اسأل المعلّم", "أغلق المعلّم", "لم يُحمَّل. افتح صفحة المعلّم"],
  hi: ["ट्यूटर से पूछें", "ट्यूटर बंद करें", "लोड नहीं हुआ। ट्यूटर का पेज खोलें"],
  zh: ["向导师提问", "关闭导师", "未能加载。打开导师页面"],
};
const SPEECH = "M5 7q0-3 3-3h8q3 0 3 3v6q0 3-3 3h-4l-4 4v-4q-3 0-3-3zM9 8.5h6M9 11.5h4";
const CROSS = "M7 7l10 10M17 7L7 17";

// The page's rules reach the element itself; there `!important` counts for more from within.
const SHEET = sheet(`
:host { all: initial !important; display: contents !important; color-scheme: light dark !important;
  --accent: var(--own-accent, light-dark(#2450b0, #95b7ff)) !important; --on-accent: #fff !important }
:host([mode=inline]) { display: block !important }
:host([scheme=light]) { color-scheme: light !important }
:host([scheme=dark]) { color-scheme: dark !important }
/* White on what is darker than middle grey, else black. */
@supports (color: lab(from red l a b)) { :host {
  --on-accent: lab(from color(from var(--accent) xyz-d65 0 y 0) calc((49.3 - l) * infinity) 0 0) !important } }
#dock { --edge: max(20px, env(safe-area-inset-left), env(safe-area-inset-right)); --lift: calc(var(--above) * 68px);
  position: fixed; z-index: 2147483647; inset: auto; inset-inline-end: var(--edge);
  inset-block-end: calc(max(20px, env(safe-area-inset-bottom)) + var(--lift)); overflow: visible;
  margin: 0; padding: 0; border: 0; background: none; font: 16px/1.4 system-ui, sans-serif }
#dock.start { inset-inline: var(--edge) auto }
#dock.inline { position: static }
.inline button { display: none }
button { display: flex; align-items: center; gap: 10px; min-block-size: 56px; margin-inline-start: auto;
  max-inline-size: calc(100vw - 2 * var(--edge)); padding: 4px 14px; border: 2px solid #0000; border-radius: 28px;
  background: var(--accent); color: var(--on-accent); cursor: pointer; font: inherit; text-align: start;
  font-weight: 600; box-shadow: 0 1px 3px #0004, 0 6px 20px #0003; position: relative; z-index: 1 }
.start button { margin: 0 }
:focus-visible { outline: 3px solid #fff; box-shadow: 0 0 0 6px #10131a }
button:not(.named, :hover, :focus-visible) span { position: absolute; inline-size: 1px; overflow: hidden;
  clip-path: inset(50%); white-space: nowrap }
svg { flex: none; inline-size: 24px; fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round;
  stroke-linejoin: round }
a { display: block; max-inline-size: 240px; margin-block-end: 12px; padding: 16px; border-radius: 12px;
  background: #10131a; color: #fff }
@media print { :host { display: none !important } }`);

/** Those of the page as they came; in one corner they stand above one another. @type {Set<CourseTutor>} */
const tutors = new Set();

class CourseTutor extends HTMLElement {
  static observedAttributes = ATTRIBUTES;

  #root = this.attachShadow({ mode: "open" });
  #own = sheet(":host {}");
  #dock = element("div", { id: "dock", role: "region" });
  #launcher = element("button", { type: "button" });
  #note = element("div", { role: "status" });
  #life = new AbortController();
  /** @type {Promise<void> | null} */
  #coming = null;
  /** @type {import("./frame.js").Frame | null} */
  #frame = null;
  /** What the panel is told when it comes. @type {import("./frame.js").Message[]} */
  #waiting = [];
  /** What had the focus. @type {Element | null} */
  #from = null;

  connectedCallback() {
    this.#life = new AbortController();
    for (const query of [ROOMY, WIDE]) query.addEventListener("change", () => this.draw(), this.#life);
    this.#launcher.addEventListener("click", () => this.toggle(), this.#life);
    this.#dock.addEventListener("keydown", ({ key }) => key === "Escape" && this.close(), this.#life);
    this.#root.adoptedStyleSheets = [SHEET, this.#own];
    this.#dock.replaceChildren(this.#note, this.#launcher);
    this.#root.replaceChildren(this.#dock);
    tutors.add(this);
    // No page begins behind its tutor.
    if (!ROOMY.matches) this.removeAttribute("open");
    this.draw();
    push();
  }

  disconnectedCallback() {
    this.#life.abort();
    this.#drop();
    this.#root.replaceChildren();
    tutors.delete(this);
    tutors.forEach((tutor) => tutor.draw());
  }

  /** @param {string} name @param {string | null} before @param {string | null} now */
  attributeChangedCallback(name, before, now) {
    if (before === now || !this.#root.firstChild) return;
    if (/course|mode|language/.test(name)) this.#drop();
    this.draw();
    if (name === "open") this.#tell(now === null ? "close" : "open");
  }

  /** Whether the panel is there to be seen. */
  get opened() {
    return this.#form === "inline" || this.hasAttribute("open");
  }

  /** Show the panel, and give it the focus. */
  open() {
    if (document.activeElement !== this) this.#from = document.activeElement;
    this.setAttribute("open", "");
    this.#soon({ type: "open", focus: true });
  }

  /** Put the panel away, and give the focus back. */
  close() {
    const from = this.#from;
    const held = this.#root.activeElement;
    this.#from = null;
    this.removeAttribute("open");
    const back = from?.isConnected && from !== document.body ? from : this.#launcher;
    if (held) /** @type {HTMLElement} */ (back).focus({ preventScroll: true });
  }

  toggle() {
    if (this.hasAttribute("open")) this.close();
    else this.open();
  }

  /**
   * Open with a question, and send it unless `send` is false.
   * @param {string} question
   * @param {{mode?: string, send?: boolean}} [how]
   */
  ask(question, { mode, send = true } = {}) {
    this.open();
    this.#soon({ type: "ask", question, mode, send });
  }

  /** @param {string} path as `03-attention/02-masks.md` */
  setLesson(path) {
    this.setAttribute("lesson", path);
  }

  newConversation() {
    this.#soon({ type: "new" });
  }

  /** @param {string} name of an attribute */
  #value(name) {
    return this.getAttribute(name) ?? "";
  }

  get #form() {
    const mode = this.#value("mode");
    if (mode === "inline") return mode;
    if (!ROOMY.matches) return "full";
    return mode === "side" && WIDE.matches ? mode : "bubble";
  }

  get #language() {
    const given = this.#value("language") || this.closest("[lang]")?.getAttribute("lang") || navigator.language;
    return given.slice(0, 2).toLowerCase();
  }

  get #words() {
    return WORDS[this.#language] ?? WORDS.en;
  }

  /** Draw the launcher and the panel as the attributes say. */
  draw() {
    const form = this.#form;
    const side = this.#value("side");
    const named = this.#value("label");
    const colour = this.#value("colour");
    const [ask, leave] = this.#words;
    const label = named || ask;
    this.#dock.className = `${form} ${side}`;
    this.#dock.ariaLabel = label;
    this.#launcher.className = named && "named";
    this.#launcher.ariaExpanded = `${this.opened}`;
    const [path, text] = this.opened ? [CROSS, leave] : [SPEECH, label];
    this.#launcher.replaceChildren(drawing(path), element("span", { dir: "auto" }, text));
    const corner = [...tutors].filter((tutor) => tutor.#form !== "inline" && tutor.#value("side") === side);
    const { style } = /** @type {CSSStyleRule} */ (this.#own.cssRules[0]);
    style.setProperty("--above", `${corner.indexOf(this)}`, "important");
    style.setProperty("--own-accent", /^#([\da-f]{3}){1,2}$/i.test(colour) ? colour : "", "important");
    // In the top layer no z-index, transform or overflow of the page counts.
    this.#dock.popover = form === "inline" ? null : "manual";
    if (this.#dock.popover) this.#dock.togglePopover(true);
    if (this.opened) this.#coming ??= this.#come();
    this.#frame?.draw(form, label);
  }

  async #come() {
    const { signal } = this.#life;
    this.#note.replaceChildren();
    try {
      // The hyphen stands for whichever version there is.
      /** @type {typeof import("./frame.js")} */
      const { Frame } = await import(new URL("assets/-/loader/frame.js", HERE).href);
      if (signal.aborted || this.#frame) return;
      this.#frame = new Frame(this, this.#dock, this.#language, this.#tell);
      this.draw();
      this.#waiting.splice(0).forEach((message) => this.#frame?.send(message));
    } catch {
      this.#coming = null;
      const href = new URL(`courses/${encodeURIComponent(this.#value("course"))}`, HERE).href;
      this.#note.replaceChildren(element("a", { href, target: "_blank", rel: "noopener" }, this.#words[2]));
      this.#tell("error", { code: "unreachable" });
    }
  }

  #drop() {
    this.#coming = null;
    this.#frame?.stop();
    this.#frame = null;
  }

  /** @param {import("./frame.js").Message} message */
  #soon(message) {
    if (this.#frame) this.#frame.send(message);
    else this.#waiting.push(message);
  }

  /** @type {import("./frame.js").Tell} */
  #tell = (name, detail) => {
    const told = { course: this.#value("course"), ...detail };
    this.dispatchEvent(new CustomEvent(`course-tutor:${name}`, { bubbles: true, composed: true, detail: told }));
  };
}

for (const name of ATTRIBUTES.slice(0, -1)) {
  Object.defineProperty(CourseTutor.prototype, name, {
    get() {
      return this.getAttribute(name) ?? "";
    },
    set(value) {
      this.setAttribute(name, value);
    },
  });
}

/**
 * @param {string} name
 * @param {Record<string, string>} attributes
 * @param {(Node | string)[]} children
 */
function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const key in attributes) made.setAttribute(key, attributes[key]);
  made.append(...children);
  return made;
}

/** @param {string} path */
function drawing(path) {
  const [svg, line] = ["svg", "path"].map((name) => document.createElementNS("http://www.w3.org/2000/svg", name));
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.ariaHidden = "true";
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}

/** @param {string} rules */
function sheet(rules) {
  const made = new CSSStyleSheet();
  made.replaceSync(rules);
  return made;
}

/** Calls, as `["ask", "What is a mask?"]`, that wait for the page's first tutor. @type {any[]} */
const queue = [];

/** @param {any[]} calls */
function push(...calls) {
  queue.push(...calls);
  /** @type {any} */
  const tutor = document.querySelector("course-tutor:defined");
  for (const call of tutor ? queue.splice(0) : []) if (CALLS.includes(call?.[0])) tutor[call[0]](...call.slice(1));
}

function begin() {
  /** @type {NodeListOf<HTMLScriptElement>} */
  const scripts = document.querySelectorAll("script[data-course]");
  const found = document.querySelector("course-tutor") ? [] : [...scripts].filter(({ src }) => src === HERE);
  for (const { dataset } of found) {
    const given = ATTRIBUTES.filter((name) => name in dataset).map((name) => [name, dataset[name]]);
    document.body.append(element("course-tutor", Object.fromEntries(given)));
  }
}

const page = /** @type {{courseTutor?: any}} */ (window);
const early = page.courseTutor;
page.courseTutor = { push };
customElements.get("course-tutor") ?? customElements.define("course-tutor", CourseTutor);
if (document.readyState === "loading") addEventListener("DOMContentLoaded", begin);
else begin();
if (Array.isArray(early)) push(...early);
