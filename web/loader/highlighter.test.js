import assert from "node:assert/strict";
import { test } from "node:test";

import { elsewhere, fragment } from "./highlighter.js";

const BASE = new URL("https://tutor.example/school/");
const cited = { lesson: "03 attention/02-masks.md", url: "", start: 12, end: 40, quote: "A mask hides the future." };
const open = (others) => elsewhere({ ...cited, ...others }, "ai", BASE);

test("A lesson without an address of its own is opened in the reader, at the span", () => {
  const reader = "https://tutor.example/school/courses/ai/lessons/03%20attention/02-masks.md#s=12-40";
  assert.equal(open({}), reader);
  assert.equal(open({ url: "#masks" }), reader);
  assert.equal(open({ url: "https://tutor.example/school/courses/ai/lessons/03%20attention/02-masks.md#masks" }), reader);
});

test("A lesson on another site is opened at its words", () => {
  const words = ":~:text=A%20mask%20hides%20the%20future.";
  assert.equal(open({ url: "https://school.example/masks" }), `https://school.example/masks#${words}`);
  assert.equal(open({ url: "https://school.example/masks#soft" }), `https://school.example/masks#soft${words}`);
});

test("Nothing but the web is opened", () => {
  const others = ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "https://a:b@c.example/", "https://["];
  for (const url of others) {
    assert.match(open({ url }), /^https:\/\/tutor\.example\/school\/courses\/ai\/lessons\//);
  }
});

test("A long quote is addressed by its first and last words", () => {
  const quote = "## One-two, three\n\nfour *five* six seven eight nine & ten eleven twelve";
  assert.equal(fragment(quote), "One%2Dtwo%2C%20three,eight%20nine%20%26%20ten%20eleven%20twelve");
});
