/**
 * Where a lesson's words stand in the text of a page that may mark them up, cut and space them in its own way.
 *
 * @typedef {{piece: number, offset: number}} Point A place in one of the page's texts, in UTF-16 units.
 * @typedef {{from: Point, to: Point}} Span `to` is exclusive.
 * @typedef {{bare: string, pieces: number[], starts: number[], ends: number[]}} Letters and of each, where it is from.
 */

const LETTER = /[\p{L}\p{N}]/u;
const ATTACHED = /[\p{M}\p{Cf}]/u;
// In these scripts no space parts words: each letter stands for one.
const UNSPACED = /[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Thai}\p{scx=Lao}\p{scx=Khmer}\p{scx=Myanmar}]/u;
const LEAST_WORDS = 5;
/** The least share of a quote's pairs of neighbouring words that a part of the page must have to be taken for it. */
const LEAST_LIKE = 0.6;
/** How much less of them any other part may have, at least. */
const LEAST_LEAD = 0.1;

/**
 * The places where the texts say exactly the quote's words, in order; spaces, punctuation, marks and case do not count.
 * @param {string[]} texts
 * @param {string} quote Markdown
 * @returns {Span[]}
 */
export function places(texts, quote) {
  const page = lettersOf(texts);
  // What looks like Markdown may be the lesson's own words, as within code.
  for (const words of [plain(quote), quote]) {
    const wanted = lettersOf([words]);
    if (!wanted.bare) continue;
    // Where a word of the quote ends, one must end on the page; markup may end others.
    const ends = [0, ...wordsOf(wanted).map(({ end }) => end)];
    const found = [];
    for (let at = page.bare.indexOf(wanted.bare); at >= 0; at = page.bare.indexOf(wanted.bare, at + 1)) {
      if (ends.every((end) => parted(page, at + end))) found.push(spanOf(page, at, at + wanted.bare.length));
    }
    if (found.length) return found;
  }
  return [];
}

/**
 * The one place that says nearly the quote's words, or null: where there is none, or more than one.
 * @param {string[]} texts
 * @param {string} quote Markdown
 * @returns {Span | null}
 */
export function likely(texts, quote) {
  const page = lettersOf(texts);
  const words = wordsOf(page);
  const pairs = pairsOf(wordsOf(lettersOf([plain(quote)])));
  if (pairs.length < LEAST_WORDS - 1) return null;
  /** @type {Map<string, number>} */
  const wanted = new Map();
  for (const pair of pairs) wanted.set(pair, (wanted.get(pair) ?? 0) + 1);

  const onPage = pairsOf(words);
  // What a page puts in between, as a button over code, has room too.
  const width = Math.min(pairs.length + Math.ceil(pairs.length / 4), onPage.length);
  const shares = sharesOf(onPage, wanted, width, pairs.length);
  const best = shares.reduce((at, share, other) => (share > (shares[at] ?? 0) ? other : at), 0);
  const share = shares[best] ?? 0;
  if (share < LEAST_LIKE) return null;
  if (shares.some((other, at) => Math.abs(at - best) >= width && other > share - LEAST_LEAD)) return null;

  const alike = [...shares.keys()].filter((at) => shares[at] === share && Math.abs(at - best) < width);
  const tight = alike.map((at) => tightened(onPage, at, at + width, wanted));
  const [first, last] = tight.reduce((least, run) => (run[1] - run[0] < least[1] - least[0] ? run : least));
  return spanOf(page, words[first]?.start ?? 0, words[last]?.end ?? 0);
}

/**
 * The words of a piece of Markdown as a page shows them.
 * @param {string} markdown
 */
export function plain(markdown) {
  return markdown
    .split(/(^[ \t]*(?:```|~~~)[^]*?(?:^[ \t]*(?:```|~~~)[ \t]*$|$(?![^]))|`+[^`]+`+)/m)
    .map((part, at) => (at % 2 ? part.replace(/^[ \t]*(```|~~~).*$/gm, "").replaceAll("`", "") : prose(part)))
    .join("");
}

/** @param {string} markdown */
function prose(markdown) {
  return markdown
    .replace(/<!--[^]*?-->/g, " ")
    .replace(/!\[[^\]]*\](\([^)]*\)|\[[^\]]*\])/g, " ")
    .replace(/\[\^[^\]]+\]:?/g, " ")
    .replace(/^[ \t]*\[[^\]]+\]:.*$/gm, " ")
    .replace(/\[([^\]]*)\](\([^)]*\)|\[[^\]]*\])/g, "$1")
    .replace(/<(https?:[^>\s]+)>/g, "$1")
    .replace(/<\/?[a-z][^>]*>/gi, "")
    .replace(/^[ \t>]*(\[![a-z]+\]|:{3,}.*|!{3}.*)$/gim, " ")
    .replace(/^[ \t>]*(#{1,6}|[-*+]|\d{1,9}[.)])[ \t]+(\[[ x]\][ \t])?/gim, "")
    .replace(/^[ \t]*>[ \t]?/gm, "")
    .replace(/\$\$?([^$]+)\$\$?/g, (_, tex) => tex.replace(/\\[a-z]+/gi, " "))
    .replace(/&(amp|lt|gt|quot|nbsp|#\d+);/g, " ")
    .replace(/\\([^\w\s])/g, "$1")
    .replace(/(\*\*|__|~~|==)/g, "")
    .replace(/(?<![\w*])[*_](?=\S)|(?<=\S)[*_](?![\w*])/g, "");
}

/** @type {Map<string, string>} */
const folded = new Map();

/**
 * A character's letters and digits without case, marks and ligatures.
 * @param {string} character
 */
function fold(character) {
  let letters = folded.get(character);
  if (letters === undefined) {
    letters = [...character.normalize("NFKD").toLowerCase()].filter((letter) => LETTER.test(letter)).join("");
    folded.set(character, letters);
  }
  return letters;
}

/**
 * @param {string[]} texts
 * @returns {Letters}
 */
function lettersOf(texts) {
  /** @type {string[]} */
  const bare = [];
  /** @type {number[][]} */
  const [pieces = [], starts = [], ends = []] = [[], [], []];
  texts.forEach((text, piece) => {
    let start = 0;
    for (const character of text) {
      const end = start + character.length;
      const letters = fold(character);
      const follows = ends.at(-1) === start && pieces.at(-1) === piece;
      if (letters) bare.push(letters);
      // What goes with a letter belongs to it.
      else if (follows && ATTACHED.test(character)) ends[ends.length - 1] = end;
      for (let unit = 0; unit < letters.length; unit++) {
        pieces.push(piece);
        starts.push(start);
        ends.push(end);
      }
      start = end;
    }
  });
  return { bare: bare.join(""), pieces, starts, ends };
}

/**
 * Whether a word may end before the letter at `at` and another begin with it.
 * @param {Letters} letters
 * @param {number} at
 */
function parted({ bare, pieces, starts, ends }, at) {
  if (pieces[at - 1] !== pieces[at] || ends[at - 1] !== starts[at]) return true;
  return UNSPACED.test(bare[at - 1] ?? "") || UNSPACED.test(bare[at] ?? "");
}

/**
 * @param {Letters} letters
 * @returns {{word: string, start: number, end: number}[]} in order; `end` is exclusive
 */
function wordsOf(letters) {
  const words = [];
  let start = 0;
  for (let end = 1; end <= letters.bare.length; end++) {
    if (end < letters.bare.length && !parted(letters, end)) continue;
    words.push({ word: letters.bare.slice(start, end), start, end });
    start = end;
  }
  return words;
}

/** @param {{word: string}[]} words */
function pairsOf(words) {
  return words.slice(1).map(({ word }, at) => `${words[at]?.word} ${word}`);
}

/**
 * For each run of `width` pairs, the share of the wanted ones that it has.
 * @param {string[]} pairs
 * @param {Map<string, number>} wanted
 * @param {number} width
 * @param {number} all how many are wanted
 */
function sharesOf(pairs, wanted, width, all) {
  /** @type {Map<string, number>} */
  const had = new Map();
  /** @type {number[]} */
  const shares = [];
  let common = 0;
  const count = (/** @type {string | undefined} */ pair, /** @type {1 | -1} */ step) => {
    if (pair === undefined || !wanted.has(pair)) return;
    const [before, most] = [had.get(pair) ?? 0, wanted.get(pair) ?? 0];
    had.set(pair, before + step);
    common += Math.min(before + step, most) - Math.min(before, most);
  };
  pairs.forEach((pair, at) => {
    count(pair, 1);
    if (at >= width) count(pairs[at - width], -1);
    if (at >= width - 1) shares.push(common / all);
  });
  return shares;
}

/**
 * The shortest run within `pairs[start:end]` that has as many of the wanted ones.
 * @param {string[]} pairs
 * @param {number} start
 * @param {number} end
 * @param {Map<string, number>} wanted
 * @returns {[number, number]}
 */
function tightened(pairs, start, end, wanted) {
  const spare = new Map();
  for (const pair of pairs.slice(start, end)) spare.set(pair, (spare.get(pair) ?? 0) + 1);
  const idle = (/** @type {string} */ pair) => spare.get(pair) > (wanted.get(pair) ?? 0);
  const drop = (/** @type {string} */ pair) => spare.set(pair, spare.get(pair) - 1);
  for (; start < end && idle(pairs[start] ?? ""); start++) drop(pairs[start] ?? "");
  for (; end > start && idle(pairs[end - 1] ?? ""); end--) drop(pairs[end - 1] ?? "");
  return [start, end];
}

/**
 * @param {Letters} letters
 * @param {number} start
 * @param {number} end exclusive
 * @returns {Span}
 */
function spanOf({ pieces, starts, ends }, start, end) {
  return {
    from: { piece: pieces[start] ?? 0, offset: starts[start] ?? 0 },
    to: { piece: pieces[end - 1] ?? 0, offset: ends[end - 1] ?? 0 },
  };
}
