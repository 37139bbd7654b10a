/** Code that can be copied, and frames that are wider than the page and can be scrolled by keyboard. */

/** @param {ParentNode} root */
export function copyButtons(root) {
  const template = /** @type {HTMLTemplateElement | null} */ (document.querySelector("template.copy"));
  if (!template || !navigator.clipboard) return;
  for (const frame of root.querySelectorAll(".code")) {
    const piece = /** @type {DocumentFragment} */ (template.content.cloneNode(true));
    const button = /** @type {HTMLButtonElement} */ (piece.querySelector("button"));
    const name = button.textContent;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(frame.querySelector("code")?.textContent ?? "");
      button.textContent = button.dataset.copied ?? name;
      setTimeout(() => (button.textContent = name), 2000);
    });
    frame.prepend(piece);
  }
}

/** @param {ParentNode} root */
export function reachable(root) {
  const watch = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      if (target.scrollWidth > target.clientWidth) target.setAttribute("tabindex", "0");
      else target.removeAttribute("tabindex");
    }
  });
  for (const frame of root.querySelectorAll("pre, .scroll, .formula")) watch.observe(frame);
}
