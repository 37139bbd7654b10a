/** Where the reader is: marked in the outline, remembered for the next visit, offered on the course's page. */
import { keep, kept } from "./shelf.js";

/** @param {string} course */
const key = (course) => `course-tutor:${course}:reading`;

/** @param {string} course @param {HTMLElement} article */
export function follow(course, article) {
  const headings = [...article.querySelectorAll(":is(h1, h2, h3, h4, h5, h6)[id]")];
  /** @type {NodeListOf<HTMLAnchorElement>} */
  const all = document.querySelectorAll(".outline a");
  const links = new Map([...all].map((link) => [decodeURIComponent(link.hash.slice(1)), link]));
  let waiting = 0;

  const look = () => {
    waiting = 0;
    const reached = headings.filter((heading) => heading.getBoundingClientRect().top < innerHeight / 3);
    const at = reached.at(-1)?.id ?? "";
    for (const link of links.values()) link.removeAttribute("aria-current");
    const current = reached.findLast((heading) => links.has(heading.id));
    if (current) links.get(current.id)?.setAttribute("aria-current", "location");
    keep(key(course), { lesson: article.dataset.lesson, anchor: reached.length > 1 ? at : "" });
  };

  addEventListener("scroll", () => (waiting ||= requestAnimationFrame(look)), { passive: true });
  look();
}

/** @param {string} course @param {HTMLElement} slot */
export function offer(course, slot) {
  const place = kept(key(course));
  const link = slot.querySelector("a");
  /** @type {NodeListOf<HTMLAnchorElement>} */
  const all = document.querySelectorAll(".lessons a");
  const lesson = [...all].find((each) => each.dataset.lesson === place?.lesson);
  if (!link || !lesson) return;
  const title = link.querySelector("b");
  if (title) title.textContent = lesson.textContent;
  const anchor = typeof place.anchor === "string" && place.anchor;
  link.href = lesson.pathname + (anchor ? `#${encodeURIComponent(anchor)}` : "");
  slot.hidden = false;
}
