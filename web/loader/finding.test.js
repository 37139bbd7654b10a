import assert from "node:assert/strict";
import { test } from "node:test";

import { likely, places, plain } from "./finding.js";

/** What of the texts a span covers. */
function covered(texts, span) {
  if (!span) return null;
  const { from, to } = span;
  if (from.piece === to.piece) return texts[from.piece].slice(from.offset, to.offset);
  const between = texts.slice(from.piece + 1, to.piece);
  return [texts[from.piece].slice(from.offset), ...between, texts[to.piece].slice(0, to.offset)].join("|");
}

const exact = (texts, quote) => places(texts, quote).map((span) => covered(texts, span));

test("Words are found across borders of elements, whatever stands between them", () => {
  const texts = ["Before. A ", "mask", " hides\n   the ", "future", ", always."];
  assert.deepEqual(exact(texts, "A **mask** hides the [future](a.md)"), ["A |mask| hides\n   the |future"]);
});

test("Case, punctuation, ligatures, accents and soft hyphens do not count", () => {
  assert.deepEqual(exact(["The eﬃcient “caf\u00e9” re\u00adquests it."], "the efficient 'CAFE\u0301' requests it"), [
    "The eﬃcient “caf\u00e9” re\u00adquests it",
  ]);
});

test("A word within a word is not the word", () => {
  assert.deepEqual(exact(["therapist and the rapist"], "the rapist"), ["the rapist"]);
  assert.deepEqual(exact(["unmasked masking"], "mask"), []);
  assert.deepEqual(exact(["un", "mask", "ed"], "mask"), ["mask"]);
});

test("Languages without spaces and with marks are found", () => {
  assert.deepEqual(exact(["第一句。掩码隐藏未来的词。第三句。"], "掩码隐藏未来"), ["掩码隐藏未来"]);
  assert.deepEqual(exact(["यह एक मुखौटा है।"], "मुखौटा है"), ["मुखौटा है"]);
  assert.deepEqual(exact(["القناع يُخفي المستقبل."], "يخفي المستقبل"), ["يُخفي المستقبل"]);
});

test("All places are given, in their order", () => {
  assert.equal(places(["TCP is here. TCP is there. TCP is"], "TCP is").length, 3);
});

test("A quote without words is nowhere", () => {
  assert.deepEqual(exact(["a", "---", ""], "---"), []);
  assert.equal(likely(["a"], ""), null);
});

test("Offsets are of the text's own units, also after characters of two", () => {
  assert.deepEqual(exact(["👋👋 hello 👋"], "Hello"), ["hello"]);
});

test("Markdown becomes what a page shows of it", () => {
  const shown = (markdown) => plain(markdown).replace(/\s+/g, " ").trim();
  assert.equal(shown("## The *soft* mask"), "The soft mask");
  assert.equal(shown('[The lesson](a.md "b"), ![a figure](b.png) <https://a.b/c>.'), "The lesson, https://a.b/c.");
  assert.equal(shown("1. one\n2. [x] two\n- three"), "one two three");
  assert.equal(shown("> [!NOTE]\n> Mind `a_b[c](d)`"), "Mind a_b[c](d)");
  assert.equal(shown("```python\nprint(x)\n```\nafter"), "print(x) after");
  assert.equal(shown("so $\\frac{a}{b}$ holds[^1]"), "so {a}{b} holds");
  assert.equal(shown("a_name and 2 * 3 * 4"), "a_name and 2 * 3 * 4");
});

test("Code that looks like Markdown is found as it is", () => {
  assert.deepEqual(exact(["for i in a[i](x): pass"], "for i in a[i](x): pass"), ["for i in a[i](x): pass"]);
});

const QUOTE = "A mask hides the tokens of the future so that training sees what inference will see";

test("Nearly the words are found when a page has put something in between", () => {
  const rest = " the tokens of the future so that training sees what inference sees. More.";
  const texts = ["Unlike this. A mask hides ", "Copy", rest];
  const found = covered(texts, likely(texts, QUOTE));
  assert.match(found ?? "", /^A mask hides \|Copy\| the tokens .* what inference/);
});

test("What is taken has no more words than it needs", () => {
  const near = "A mask hides the tokens of the future so training sees what inference will see.";
  const texts = ["Words of a kind come first, and others. ", near, " And others."];
  assert.equal(covered(texts, likely(texts, QUOTE)), texts[1].slice(0, -1));
});

test("What shares only its words with the quote is not taken for it", () => {
  const shuffled = "see will inference what sees training that so future the of tokens the hides mask a";
  assert.equal(likely([shuffled], QUOTE), null);
  assert.equal(likely(["Attention reads the tokens of the past and the tokens of the future alike"], QUOTE), null);
});

test("Of two places alike neither is taken", () => {
  const near = "A mask hides the tokens of the future so training sees what inference will see. ";
  const far = "Here is a paragraph of other words that keeps the two apart, as pages do, for a good while. ";
  assert.equal(likely([near, far, near], QUOTE), null);
  assert.notEqual(likely([near, far], QUOTE), null);
});

test("A short quote is never guessed at", () => {
  assert.equal(likely(["a mask hid the past"], "a mask hides the past"), null);
});

test("A long page is searched in little time", () => {
  const page = Array.from({ length: 20_000 }, (_, at) => `Sentence ${at} of a long page about layers and masks.`);
  const started = performance.now();
  assert.equal(likely(page, "This sentence of a rather long page is about masks and layers"), null);
  assert.equal(exact(page, "Sentence 19999 of a long page about layers and masks").length, 1);
  assert.ok(performance.now() - started < 5000);
});
