import assert from "node:assert/strict";
import { test } from "node:test";
import * as host from "./host.js";

const understood = (/** @type {any} */ data) => host.understood(data, 50);

test("messages of a known shape are understood, with their known fields alone", () => {
  assert.deepEqual(understood({ ct: 1, type: "open", focus: true, more: 1 }), { type: "open", detail: { focus: true } });
  assert.deepEqual(understood({ ct: 1, type: "context", lesson: "a.md", title: 7 }), {
    type: "context",
    detail: { lesson: "a.md", title: "", selection: "", url: "" },
  });
  assert.deepEqual(understood({ ct: 1, type: "ask", question: "Why?", mode: "shout", send: 1 }), {
    type: "ask",
    detail: { question: "Why?", mode: "answer", send: false },
  });
});

test("anything else is not", () => {
  for (const wrong of [null, 1, "open", [], {}, { type: "open" }, { ct: 2, type: "open" }, { ct: 1, type: "eval" },
    { ct: 1, type: "__proto__" }, { ct: 1, type: "ask", question: "" }, { ct: 1, type: "ask", question: {} }]) {
    assert.equal(understood(wrong), null);
  }
});

test("a text is cut where it is endless", () => {
  assert.equal(understood({ ct: 1, type: "context", selection: "a".repeat(1e6) }).detail.selection.length, 4000);
  assert.equal(understood({ ct: 1, type: "ask", question: "a".repeat(1e6) }).detail.question.length, 50);
});
