/**
 * Where spans of a lesson's text stand on its page. Offsets count code points; what they are counted in is in the page:
 *
 * `data-s` of an element that holds words is the start of its first run of text, then by turns a run's length and the
 * gap up to the next run; the last run goes on to the element's end. `data-a` is the start and the end of what has no
 * places within, as a formula.
 *
 * @typedef {{shown: number, start: number, length: number}} Run
 */

const SURROGATE = /[\ud800-\udfff]/;

/**
 * What of `text[start:end]` can be seen below `root`, one range for each element that holds words, in their order; null
 * when nothing can.
 * @param {ParentNode} root
 * @param {number} start
 * @param {number} end
 * @returns {Range[] | null}
 */
export function selectSpan(root, start, end) {
  const ranges = [];
  for (const holder of root.querySelectorAll("[data-s]")) {
    const range = rangeIn(/** @type {HTMLElement} */ (holder), start, end);
    if (range) ranges.push(range);
  }
  return ranges.length ? ranges : null;
}

/**
 * The runs of a `data-s`, the last one without an end.
 * @param {string} places
 * @returns {Run[]}
 */
export function runs(places) {
  const [first, ...rest] = places.split(" ").map(Number);
  const found = [];
  let start = first ?? 0;
  let shown = 0;
  for (let at = 0; at + 1 < rest.length; at += 2) {
    const length = rest[at] ?? 0;
    found.push({ shown, start, length });
    shown += length;
    start += length + (rest[at + 1] ?? 0);
  }
  found.push({ shown, start, length: Infinity });
  return found;
}

/**
 * Which part of `length` code points, `shown` of which stand before them in their element, shows `text[start:end]`.
 * @param {Run[]} places
 * @param {number} shown
 * @param {number} length
 * @param {number} start
 * @param {number} end
 * @returns {[number, number] | null} code points from the first of the part
 */
export function part(places, shown, length, start, end) {
  let first = Infinity;
  let last = -Infinity;
  for (const run of places) {
    const from = Math.max(run.shown, shown, run.shown + start - run.start);
    const to = Math.min(run.shown + run.length, shown + length, run.shown + end - run.start);
    if (from >= to) continue;
    first = Math.min(first, from);
    last = Math.max(last, to);
  }
  return first < last ? [first - shown, last - shown] : null;
}

/**
 * How many UTF-16 units the first `count` code points of `text` are.
 * @param {string} text
 * @param {number} count
 */
export function units(text, count) {
  if (!SURROGATE.test(text)) return Math.min(count, text.length);
  let at = 0;
  for (let left = count; left > 0 && at < text.length; left -= 1) at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
  return at;
}

/** @param {string} text */
function codePoints(text) {
  if (!SURROGATE.test(text)) return text.length;
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

/**
 * @param {HTMLElement} holder
 * @param {number} start
 * @param {number} end
 * @returns {Range | null}
 */
function rangeIn(holder, start, end) {
  const places = runs(holder.dataset.s ?? "");
  const range = document.createRange();
  let found = false;
  let shown = 0;

  /** @param {Node} node @param {number} from @param {number} to */
  const take = (node, from, to) => {
    if (!found) range.setStart(node, from);
    range.setEnd(node, to);
    found = true;
  };

  /** @param {Node} parent */
  const walk = (parent) => {
    parent.childNodes.forEach((node, index) => {
      if (node instanceof Text) {
        const length = codePoints(node.data);
        const seen = part(places, shown, length, start, end);
        if (seen) take(node, units(node.data, seen[0]), units(node.data, seen[1]));
        shown += length;
      } else if (node instanceof Element && node.hasAttribute("data-a")) {
        const [from, to] = (node.getAttribute("data-a") ?? "").split(" ").map(Number);
        if (Math.max(from ?? 0, start) < Math.min(to ?? 0, end)) take(parent, index, index + 1);
      } else if (node instanceof Element) {
        walk(node);
      }
    });
  };

  walk(holder);
  return found ? range : null;
}
