import assert from "node:assert/strict";
import { test } from "node:test";

import { part, runs, units } from "./spans.js";

test("one number is one run to the end", () => {
  assert.deepEqual(runs("10"), [{ shown: 0, start: 10, length: Infinity }]);
});

test("runs follow one another over the gaps", () => {
  assert.deepEqual(runs("10 2 3 4 -1"), [
    { shown: 0, start: 10, length: 2 },
    { shown: 2, start: 15, length: 4 },
    { shown: 6, start: 18, length: Infinity },
  ]);
});

test("the part of a text that shows a span", () => {
  const places = runs("10 2 3");
  assert.deepEqual(part(places, 0, 8, 10, 12), [0, 2]);
  assert.deepEqual(part(places, 0, 8, 11, 17), [1, 4]);
  // The text begins three characters into its element.
  assert.deepEqual(part(places, 3, 5, 11, 17), [0, 1]);
  assert.deepEqual(part(places, 0, 8, 0, 999), [0, 8]);
});

test("a gap shows nothing", () => {
  assert.equal(part(runs("10 2 3"), 0, 8, 12, 15), null);
  assert.equal(part(runs("10"), 0, 8, 3, 10), null);
  assert.equal(part(runs("10"), 0, 8, 18, 30), null);
  assert.equal(part(runs("10"), 0, 8, 12, 12), null);
});

test("a tab that is shown as two spaces is shown by both", () => {
  assert.deepEqual(part(runs("10 1 -1"), 0, 6, 10, 11), [0, 2]);
});

test("code points are counted, not units", () => {
  assert.equal(units("a👋b", 2), 3);
  assert.equal(units("a👋b", 3), 4);
  assert.equal(units("abc", 2), 2);
  assert.equal(units("👋", 9), 2);
});
