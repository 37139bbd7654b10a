/**
 * Colours that can be read: contrast by WCAG 2.2, https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio
 *
 * @typedef {[number, number, number]} Rgb Each from 0 to 255.
 */

const ENOUGH = 4.5;
/** Sheets that accented words stand on: the tokens' `--tint`, which is nearer to the words than `--sheet`. */
const GROUNDS = { light: /** @type {Rgb} */ ([238, 242, 251]), dark: /** @type {Rgb} */ ([34, 42, 58]) };

/**
 * The colour of `#rgb` or `#rrggbb`, or null.
 * @param {unknown} text
 * @returns {Rgb | null}
 */
export function colourOf(text) {
  const match = typeof text === "string" && /^#(?:([0-9a-f]{3})|([0-9a-f]{6}))$/i.exec(text.trim());
  if (!match) return null;
  const digits = match[1] ? [...match[1]].map((digit) => digit + digit) : (match[2].match(/../g) ?? []);
  return /** @type {Rgb} */ (digits.map((pair) => parseInt(pair, 16)));
}

/**
 * From 1 to 21.
 * @param {Rgb} one
 * @param {Rgb} other
 */
export function contrast(one, other) {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

/**
 * White or near black, whichever is read better on a colour; one of them always has 4.5 : 1.
 * @param {Rgb} ground
 * @returns {Rgb}
 */
export function inkOn(ground) {
  /** @type {Rgb} */
  const white = [255, 255, 255];
  return contrast(white, ground) >= ENOUGH ? white : [0, 0, 0];
}

/**
 * The colour, darkened or lightened until words in it can be read on `ground`.
 * @param {Rgb} colour
 * @param {Rgb} ground
 * @returns {Rgb}
 */
export function readable(colour, ground) {
  const target = luminance(ground) > 0.18 ? 0 : 255;
  for (let share = 0; share < 1; share += 0.02) {
    const mixed = /** @type {Rgb} */ (colour.map((part) => Math.round(part + (target - part) * share)));
    if (contrast(mixed, ground) >= ENOUGH) return mixed;
  }
  return [target, target, target];
}

/**
 * The rule that makes a page use an accent, in light and dark; empty where the colour is none.
 * @param {unknown} accent
 */
export function accentRule(accent) {
  const colour = colourOf(accent);
  if (!colour) return "";
  const [light, dark] = [readable(colour, GROUNDS.light), readable(colour, GROUNDS.dark)];
  const pair = (/** @type {Rgb} */ one, /** @type {Rgb} */ other) => `light-dark(${css(one)}, ${css(other)})`;
  return `:root { --accent: ${pair(light, dark)}; --on-accent: ${pair(inkOn(light), inkOn(dark))}; }`;
}

/** @param {Rgb} colour */
function css(colour) {
  return `rgb(${colour.join(" ")})`;
}

/** @param {Rgb} colour */
function luminance(colour) {
  const [red, green, blue] = colour.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
