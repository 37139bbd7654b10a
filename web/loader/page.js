/**
 * What a page says of itself: the lesson that it names, its address and title, and what is selected on it.
 *
 * @typedef {{lesson: string, title: string, selection: string, url: string}} Context
 */

const MOST_SELECTED = 2000;
const QUIET_MS = 150;

/**
 * The context of a question that is asked now; `lesson` is the tutor's own, if it has one.
 * @param {string} lesson
 * @returns {Context}
 */
export function contextOf(lesson) {
  const title = (said("title") || document.title).slice(0, 300);
  return { lesson: lesson || said("lesson"), title, selection: selected(), url: address() };
}

/**
 * What the page's head says of the lesson: its `lesson` or its `title`; "" where it says nothing.
 * @param {string} name
 */
function said(name) {
  return document.querySelector(`meta[name="course-tutor:${name}"]`)?.getAttribute("content") ?? "";
}

/**
 * Call `changed` when the context may have become another, at most once in a while, until `signal` is aborted.
 * @param {() => void} changed
 * @param {AbortSignal} signal
 */
export function watch(changed, signal) {
  let timer = 0;
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(changed, QUIET_MS);
  };
  // A page that draws itself anew changes its title or its canonical address, also where it keeps its own.
  const head = new MutationObserver(soon);
  head.observe(document.head, { attributes: true, characterData: true, childList: true, subtree: true });
  document.addEventListener("selectionchange", soon, { signal });
  addEventListener("popstate", soon, { signal });
  addEventListener("hashchange", soon, { signal });
  // Not every browser has it; there the change of the title tells.
  const navigation = /** @type {{navigation?: EventTarget}} */ (window).navigation;
  navigation?.addEventListener("currententrychange", soon, { signal });
  signal.addEventListener("abort", () => {
    clearTimeout(timer);
    head.disconnect();
  });
}

/**
 * What the student has selected, but not of what is written there: in a field a selection has no length. Words that the
 * page has selected to show a citation, which it says in `data-cited`, are not the student's choice.
 */
function selected() {
  const selection = getSelection();
  if (!selection?.rangeCount || selection.isCollapsed) return "";
  const place = selection.getRangeAt(0).commonAncestorContainer;
  const around = place instanceof HTMLElement ? place : place.parentElement;
  if (around?.isContentEditable) return "";
  const text = selection.toString().trim();
  if (document.querySelector("[data-cited]")?.getAttribute("data-cited") === text) return "";
  return [...text].slice(0, MOST_SELECTED).join("");
}

/** The page's canonical address, as long as what is shown is what was loaded; else where it has gone to. */
function address() {
  const here = new URL(location.href);
  // A router may keep the page in the fragment; any other one is a place on it.
  if (!/^#!?\//.test(here.hash)) here.hash = "";
  const [loaded] = performance.getEntriesByType("navigation");
  const link = document.querySelector("link[rel~=canonical]");
  const same = loaded && withoutHash(loaded.name) === here.href;
  return same && link instanceof HTMLLinkElement && /^https?:/.test(link.href) ? link.href : here.href;
}

/** @param {string} url */
function withoutHash(url) {
  return url.split("#")[0];
}
