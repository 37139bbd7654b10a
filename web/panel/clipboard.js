import { el } from "./dom.js";

/**
 * Put text where it can be pasted; whether that was allowed.
 * @param {string} text
 */
export async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // A frame may not have the permission, and still do it the old way.
    const field = /** @type {HTMLTextAreaElement} */ (el("textarea.said", { readonly: true, "aria-hidden": "true" }));
    const focused = /** @type {HTMLElement | null} */ (document.activeElement);
    field.value = text;
    document.body.append(field);
    field.select();
    const isCopied = document.execCommand("copy");
    field.remove();
    focused?.focus();
    return isCopied;
  }
}
