import assert from "node:assert/strict";
import { test } from "node:test";
import { accentRule, colourOf, contrast, inkOn, readable } from "./colour.js";

const SOME = ["#000", "#fff", "#ffcc00", "#2450b0", "#777777", "#ff0000", "#00ff7f", "#123456", "#c0ffee"];

test("colours are read from three or six digits, and nothing else is one", () => {
  assert.deepEqual(colourOf("#fc0"), [255, 204, 0]);
  assert.deepEqual(colourOf(" #2450B0 "), [36, 80, 176]);
  for (const wrong of ["red", "#12345", "#1234567", "url(x)", "", null, 7, "#fff;}"]) assert.equal(colourOf(wrong), null);
});

test("black on white has 21 : 1", () => {
  assert.equal(Math.round(contrast([0, 0, 0], [255, 255, 255])), 21);
});

test("words on any accent, and in any accent, can be read", () => {
  for (const name of SOME) {
    const colour = colourOf(name);
    assert.ok(contrast(inkOn(colour), colour) >= 4.5, `on ${name}`);
    for (const ground of [[255, 255, 255], [238, 242, 251], [34, 42, 58], [20, 22, 27]]) {
      assert.ok(contrast(readable(colour, ground), ground) >= 4.5, `${name} on ${ground}`);
    }
  }
});

test("an accent that cannot be read keeps as much of its colour as it can", () => {
  const [red, green, blue] = readable([255, 204, 0], [255, 255, 255]);
  assert.ok(red > green && green > blue && red > 100);
});

test("an accent that can be read stays as it is", () => {
  assert.deepEqual(readable([36, 80, 176], [255, 255, 255]), [36, 80, 176]);
});

test("what is no colour makes no rule", () => {
  assert.equal(accentRule("#fff} body{display:none"), "");
  assert.match(accentRule("#2450b0"), /--accent: light-dark\(rgb\(36 80 176\), rgb\(\d+ \d+ \d+\)\)/);
});
