const SVG = "http://www.w3.org/2000/svg";

/**
 * An element: `el("button.icon", {type: "button"}, "words")`. An attribute that is false or null is left out.
 * @param {string} kind the tag, with classes after dots
 * @param {Record<string, string | number | boolean | null | undefined>} [attributes]
 * @param {...(Node | string)} children
 */
export function el(kind, attributes = {}, ...children) {
  const [tag, ...classes] = kind.split(".");
  const element = document.createElement(tag);
  if (classes.length) element.className = classes.join(" ");
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children);
  return element;
}

/**
 * A picture of the page's own set.
 * @param {string} name
 */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", "icon");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

/**
 * A button that says what it does by `data-act`; with a picture, its words are its name and its hint.
 * @param {string} act
 * @param {string} words
 * @param {{picture?: string, look?: string} & Record<string, any>} [options]
 */
export function button(act, words, { picture, look = "", ...attributes } = {}) {
  const shown = picture ? icon(picture) : words;
  const named = picture ? { "aria-label": words, title: words } : {};
  return el(`button${look ? `.${look}` : ""}`, { type: "button", "data-act": act, ...named, ...attributes }, shown);
}

/**
 * The first element in `root` that fits; it is there.
 * @template {Element} [T=HTMLElement]
 * @param {ParentNode} root
 * @param {string} selector
 * @returns {T}
 */
export function find(root, selector) {
  const found = root.querySelector(selector);
  if (!found) throw new Error(`There is no ${selector}.`);
  return /** @type {T} */ (found);
}

/**
 * Have functions told of a target's events, with the detail of each and the event itself, until `signal` is aborted.
 * @param {EventTarget} target
 * @param {Record<string, (detail: any, event: any) => void>} listeners by the events' names
 * @param {AbortSignal} signal
 */
export function listen(target, listeners, signal) {
  for (const [name, listener] of Object.entries(listeners)) {
    target.addEventListener(name, (event) => listener(/** @type {CustomEvent} */ (event).detail, event), { signal });
  }
}
