import assert from "node:assert/strict";
import { test } from "node:test";
import { readableQuote, readerUrl, sourceName } from "./citations.js";
import { Words } from "./words.js";

const WORDS = new Words({ source: "Source {number}", source_named: "Source {number}: {place}" }, "en");

test("a place in a lesson has an address on this server, whatever the lesson is called", () => {
  assert.equal(readerUrl("ai", { lesson: "03-a/02 b#c.md", start: 120, end: 260 }), "/courses/ai/lessons/03-a/02%20b%23c.md#s=120-260");
  assert.equal(readerUrl("ai", { lesson: "x.md", anchor: "why not?" }), "/courses/ai/lessons/x.md#why%20not%3F");
  assert.equal(readerUrl("ai", { lesson: "x.md" }), "/courses/ai/lessons/x.md");
  assert.equal(readerUrl("ai", { lesson: "//evil.example/x" }), "/courses/ai/lessons///evil.example/x");
});

test("a source is named by its lesson and its nearest heading", () => {
  const citation = { title: "Attention", section: "Attention › Masks" };
  assert.equal(sourceName(WORDS, 2, citation), "Source 2: Attention, Masks");
  assert.equal(sourceName(WORDS, 2, { title: "Attention", section: "Attention" }), "Source 2: Attention");
  assert.equal(sourceName(WORDS, 2), "Source 2");
});

test("a quote is read without its marks, and is not endless", () => {
  assert.equal(readableQuote("## Masks\n\n**A mask** hides `what` comes."), "Masks\nA mask hides what comes.");
  assert.equal(readableQuote("| a | b |\n| --- | --- |\n| 1 | 2 |"), "a · b\n1 · 2");
  const long = readableQuote("👋".repeat(1000));
  assert.equal([...long].length, 321);
});
