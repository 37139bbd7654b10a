/** The line for a course's site, made anew by the server while the choices are made. */

/** @param {HTMLFormElement} form @param {HTMLElement} line */
export function liveLine(form, line) {
  let asked = 0;
  form.addEventListener("input", async () => {
    const mine = (asked += 1);
    const query = new URLSearchParams([...new FormData(form)].map(([name, value]) => [name, String(value)]));
    query.set("plain", "1");
    const answer = await fetch(`${location.pathname}?${query}`).catch(() => null);
    // While a colour is being written it is wrong, and the last line that was right stays.
    if (answer?.ok && mine === asked) line.textContent = await answer.text();
  });
}
