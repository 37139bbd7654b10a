import assert from "node:assert/strict";
import { test } from "node:test";
import { EventParser } from "./event_parser.js";

const STREAM = ': events of a turn\nretry: 1000\n\nid: 1\nevent: accepted\ndata: {"turn":"t"}\n\n: \n\nid: 2\r\nevent: delta\r\ndata: a\r\ndata: b\r\n\r\n';
const EVENTS = [
  { id: "1", kind: "accepted", data: '{"turn":"t"}' },
  { id: "2", kind: "delta", data: "a\nb" },
];

test("events are read, comments are not", () => {
  assert.deepEqual(new EventParser().feed(STREAM), EVENTS);
});

test("a stream cut anywhere gives the same events", () => {
  for (let cut = 1; cut < STREAM.length; cut += 1) {
    const parser = new EventParser();
    assert.deepEqual([...parser.feed(STREAM.slice(0, cut)), ...parser.feed(STREAM.slice(cut))], EVENTS, `cut at ${cut}`);
  }
});

test("a stream of single characters gives the same events", () => {
  const parser = new EventParser();
  assert.deepEqual([...STREAM].flatMap((letter) => parser.feed(letter)), EVENTS);
});

test("an event that is not complete is not given", () => {
  assert.deepEqual(new EventParser().feed("id: 1\nevent: done\ndata: {}\n"), []);
});
