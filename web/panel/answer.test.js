import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Answer } from "./answer.js";

const RECORDED = readFileSync(new URL("../../tests/golden/turn.events.jsonl", import.meta.url), "utf8")
  .trim()
  .split("\n")
  .map((line, at) => {
    const { event, data } = JSON.parse(line);
    return { id: String(at + 1), kind: event, data: JSON.stringify(data) };
  });

test("the events of a recorded turn come to the turn", () => {
  const answer = new Answer();
  for (const event of RECORDED) assert.equal(answer.take(event), true);
  const { turn } = JSON.parse(RECORDED.at(-1).data);
  assert.equal(answer.state, turn.state);
  assert.equal(answer.text, turn.answer);
  assert.deepEqual(answer.citations, turn.citations);
  assert.equal(answer.hasEnded, true);
});

test("before the end, the text and its sentences are those of the deltas", () => {
  const answer = new Answer();
  for (const event of RECORDED.slice(0, -1)) answer.take(event);
  const { turn } = JSON.parse(RECORDED.at(-1).data);
  assert.equal(answer.text, turn.answer);
  assert.deepEqual(answer.sentences, turn.sentences);
});

test("events that come twice count once", () => {
  const answer = new Answer();
  for (const event of RECORDED.slice(0, 4)) answer.take(event);
  const { text, nodes } = answer;
  for (const event of RECORDED.slice(0, 4)) assert.equal(answer.take(event), false);
  assert.equal(answer.text, text);
  assert.equal(answer.nodes, nodes);
});

test("sentences are counted in code points", () => {
  const answer = new Answer();
  answer.take({ id: "1", kind: "delta", data: JSON.stringify({ text: "👋é", nodes: [], at: 0, support: "supported" }) });
  answer.take({ id: "2", kind: "delta", data: JSON.stringify({ text: "x", nodes: [], at: 0, support: "partly" }) });
  assert.deepEqual(answer.sentences.map(({ start, end }) => [start, end]), [[0, 2], [2, 3]]);
});

test("nodes from a place on take the place of those that were there", () => {
  const answer = new Answer();
  const delta = (id, at, nodes) => answer.take({ id, kind: "delta", data: JSON.stringify({ text: "", nodes, at, support: "supported" }) });
  delta("1", 0, [{ n: 1 }, { n: 2 }]);
  const [first] = answer.nodes;
  delta("2", 1, [{ n: 3 }, { n: 4 }]);
  assert.deepEqual(answer.nodes.map(({ n }) => n), [1, 3, 4]);
  assert.equal(answer.nodes[0], first);
});

test("what was said before a restart is gone", () => {
  const answer = new Answer();
  for (const event of RECORDED.slice(0, 4)) answer.take(event);
  answer.take({ id: "90", kind: "restarted", data: '{"reason":"ungrounded"}' });
  assert.deepEqual([answer.text, answer.nodes, answer.sentences, answer.citations], ["", [], [], []]);
});
