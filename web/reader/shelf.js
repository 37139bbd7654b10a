/** What this browser remembers of the reader, if it lets one: storage may be blocked or full. */

/** @param {string} key @returns {any} what was kept, or null */
export function kept(key) {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "null");
  } catch {
    return null;
  }
}

/** @param {string} key @param {unknown} value */
export function keep(key, value) {
  try {
    localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // Then it is not remembered, and nothing else changes.
  }
}
