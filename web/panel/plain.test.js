import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { plain } from "./plain.js";

const text = (words) => ({ type: "text", text: words });

test("an answer is read as its words, without marks of citations", () => {
  const nodes = [
    { type: "paragraph", children: [text("Hello "), { type: "strong", children: [text("you")] }, text(". "), { type: "citation", number: 1 }] },
    { type: "list", ordered: true, first: 2, items: [[{ type: "paragraph", children: [text("two")] }], [{ type: "paragraph", children: [text("three")] }]] },
    { type: "code", language: "", tokens: [["k", "def"], ["", " f"]] },
    { type: "table", align: ["", ""], head: [[text("a")], [text("b")]], rows: [[[text("1")], [text("2")]]] },
  ];
  assert.equal(plain(nodes), "Hello you.\n2. two\n3. three\ndef f\na, b\n1, 2");
});

test("everything that the server draws can be read", () => {
  const nodes = JSON.parse(readFileSync(new URL("../../tests/golden/rendering.json", import.meta.url), "utf8"));
  assert.match(plain(nodes), /Attention, briefly\nEvery token looks at the tokens/);
});
