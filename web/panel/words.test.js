import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { Words } from "./words.js";

const FOLDER = new URL("./words/", import.meta.url);
const LANGUAGES = readdirSync(FOLDER).map((name) => name.replace(".json", ""));
const of = (language) => JSON.parse(readFileSync(new URL(`${language}.json`, FOLDER), "utf8"));
const base = (name) => name.split(".")[0];
const gaps = (text) => [...text.matchAll(/\{\w+\}/g)].map(String).sort().join();

test("these languages are there", () => {
  assert.deepEqual(LANGUAGES.sort(), ["ar", "de", "en", "es", "fr", "hi", "pt", "zh"]);
});

for (const language of LANGUAGES) {
  test(`${language} has every phrase, with its gaps, and every plural that it counts with`, () => {
    const [english, words] = [of("en"), of(language)];
    assert.deepEqual(new Set(Object.keys(words).map(base)), new Set(Object.keys(english).map(base)));
    for (const [name, text] of Object.entries(words)) {
      assert.notEqual(text.trim(), "");
      if (name in english && !name.includes(".")) assert.equal(gaps(text), gaps(english[name]), name);
    }
    const plurals = new Intl.PluralRules(language);
    for (const n of [1, 2, 3, 11, 34, 100]) {
      assert.ok(`searching.${plurals.select(n)}` in words || plurals.select(n) === "zero" || "searching.other" in words);
    }
  });
}

test("a phrase is counted in the forms of its language", () => {
  assert.equal(new Words(of("en"), "en").count("searching", 1), "Searching 1 lesson…");
  assert.equal(new Words(of("en"), "en").count("searching", 34), "Searching 34 lessons…");
  assert.equal(new Words(of("ar"), "ar").count("questions", 2), "سؤالان");
});

test("a gap is filled with what is given, also when that looks like a gap", () => {
  assert.equal(new Words({ a: "to {email}" }, "en").say("a", { email: "{email}$&" }), "to {email}$&");
});
