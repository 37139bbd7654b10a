import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { same, trees } from "./draw.js";

const RENDERED = JSON.parse(readFileSync(new URL("../../tests/golden/rendering.json", import.meta.url), "utf8"));
const TAGS = new Set(("p h1 h2 h3 h4 h5 h6 ul ol li blockquote figure figcaption pre code span button div table thead tbody tr " +
  "th td hr em strong s a br sup math mrow mfrac msqrt mroot msub msup msubsup munder mover munderover mtable mtr mtd mspace " +
  "mstyle mpadded mphantom mmultiscripts mprescripts none menclose mi mn mo ms mtext").split(" "));

const text = (words, start) => ({ type: "text", text: words, start });
const paragraph = (...children) => ({ type: "paragraph", children });

/** All elements of trees, and all their words. */
function parts(tree) {
  if (typeof tree === "string") return { elements: [], words: tree };
  const inside = (tree.children ?? []).map(parts);
  return { elements: [tree, ...inside.flatMap(({ elements }) => elements)], words: inside.map(({ words }) => words).join("") };
}

test("everything that the server makes is drawn of known elements, without a handler or a style", () => {
  const { elements } = parts({ tag: "div", children: trees(RENDERED, { lessonUrl: (lesson) => `/courses/c/lessons/${lesson}` }) });
  assert.ok(elements.length > 100);
  for (const { tag, attributes = {} } of elements) {
    assert.ok(TAGS.has(tag), tag);
    for (const name of Object.keys(attributes)) assert.doesNotMatch(name, /^on|^style$|^src/);
  }
});

test("every top-level node is one tree", () => {
  assert.equal(trees(RENDERED).length, RENDERED.length);
});

test("a link leads over https or to a lesson, and else nowhere", () => {
  const links = ["javascript:alert(1)", "http://a.example", "data:text/html,x", " https://a.example"].map((href) => ({ type: "link", href, children: [text("x")] }));
  const drawn = trees([paragraph(...links, { type: "link", lesson: "a", anchor: "", children: [text("y")] })], { lessonUrl: () => "//evil.example" });
  assert.equal(parts(drawn[0]).elements.filter(({ tag }) => tag === "a").length, 0);
  const [good] = trees([paragraph({ type: "link", href: "https://a.example", children: [text("z")] })]);
  assert.equal(good.children[0].attributes.href, "https://a.example");
});

test("what is no element of MathML is shown as its TeX", () => {
  const node = { type: "math", display: false, tex: "x", mathml: { tag: "script", attributes: {}, text: "alert(1)" } };
  assert.equal(trees([paragraph(node)])[0].children[0].tag, "code");
  const linked = { ...node, mathml: { tag: "math", attributes: { href: "javascript:x", onclick: "x", display: "inline" }, children: [] } };
  assert.deepEqual(trees([paragraph(linked)])[0].children[0].attributes, { display: "inline" });
});

test("a sentence without support is marked, from its first word to its end", () => {
  const sentences = [{ start: 0, end: 3, support: "supported" }, { start: 3, end: 9, support: "unsupported" }];
  const [drawn] = trees([paragraph(text("👋é. Bad", 0), { type: "emphasis", children: [text("ly", 7)] })], { sentences, words: { unsupported: "Unfounded" } });
  assert.equal(drawn.children[0], "👋é. ");
  assert.deepEqual(drawn.children[1].attributes, { class: "doubt first unsupported" });
  assert.equal(parts(drawn.children[1]).words, "Unfounded: Bad");
  assert.deepEqual(drawn.children[2].children[0].attributes, { class: "doubt unsupported" });
});

test("marks leave no word out", () => {
  const sentences = [{ start: 2, end: 5, support: "partly" }, { start: 6, end: 7, support: "unsupported" }];
  assert.equal(parts(trees([paragraph(text("abcdefghij", 0))], { sentences })[0]).words, "abcdefghij");
});

test("equal nodes are equal trees, and others are not", () => {
  const [one] = trees([paragraph(text("a"), text("b"))]);
  assert.ok(same(one, trees([paragraph(text("a"), text("b"))])[0]));
  assert.ok(!same(one, trees([paragraph(text("a"), text("c"))])[0]));
  assert.ok(!same(one, trees([paragraph(text("a"))])[0]));
  assert.ok(!same(one, "a"));
});

test("headings leave no level out", () => {
  const levels = [2, 4, 3, 1, 2].map((level) => ({ type: "heading", level, anchor: "", children: [] }));
  assert.deepEqual(trees(levels).map(({ tag }) => tag), ["h3", "h4", "h4", "h3", "h3"]);
});
