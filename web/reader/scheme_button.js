/** Light or dark: the button turns what is shown now into the other; this browser remembers it, the tutor follows. */

const DARK = matchMedia("(prefers-color-scheme: dark)");

/** @param {HTMLButtonElement} button */
export function schemeButton(button) {
  const root = document.documentElement;
  const isDark = () => (root.dataset.scheme ? root.dataset.scheme === "dark" : DARK.matches);
  const say = () => {
    button.setAttribute("aria-pressed", String(isDark()));
    if (root.dataset.scheme) tellTutor(root.dataset.scheme);
  };
  button.addEventListener("click", () => {
    root.dataset.scheme = isDark() ? "light" : "dark";
    say();
    try {
      localStorage.setItem("course-tutor:scheme", root.dataset.scheme);
    } catch {
      // Then it holds for this page.
    }
  });
  DARK.addEventListener("change", say);
  say();
  button.hidden = false;
}

/**
 * The loader's own script comes after this one, and makes the tutor as its attributes say.
 * @param {string} scheme
 */
function tellTutor(scheme) {
  for (const script of document.querySelectorAll("script[data-course]")) script.setAttribute("data-scheme", scheme);
  for (const tutor of document.querySelectorAll("course-tutor")) tutor.setAttribute("scheme", scheme);
}
