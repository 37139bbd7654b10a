import assert from "node:assert/strict";
import { test } from "node:test";
import { Problem } from "./api.js";
import { Answer } from "./answer.js";
import { Pause, readToEnd } from "./stream.js";

const EVENTS = [
  ["accepted", { turn: "t", conversation: "c" }],
  ...[..."abcdefgh"].map((text) => ["delta", { text, nodes: [], at: 0, support: "supported" }]),
  ["done", { turn: { id: "t", conversation: "c", state: "done", answer: "abcdefgh", answerer: "m", fallback: "", citations: [],
    passages: [], suggestions: [], sentences: [] } }],
].map(([kind, data], at) => `id: ${at + 1}\nevent: ${kind}\ndata: ${JSON.stringify(data)}\n\n`);

/** A pause that waits for nothing and notes how long it was to be. */
class NoPause extends Pause {
  waited = [];
  wait(milliseconds) {
    this.waited.push(milliseconds);
    return Promise.resolve(undefined);
  }
}

/** Reads an answer from a server that sends at most `piece` characters before it hangs up. */
async function read(piece, trouble = () => null) {
  const answer = new Answer();
  const pause = new NoPause();
  let opened = 0;
  await readToEnd({
    open: async () => {
      opened += 1;
      const error = trouble(opened);
      if (error) throw error;
      return new Response(EVENTS.slice(answer.lastEvent).join("").slice(0, piece));
    },
    take: (event) => answer.take(event),
    hasEnded: () => answer.hasEnded,
    signal: new AbortController().signal,
    pause,
  });
  return { answer, opened, pause };
}

test("a stream that breaks anywhere comes to the same text", async () => {
  for (let piece = 330; piece > 240; piece -= 7) {
    const { answer, opened } = await read(piece);
    assert.equal(answer.text, "abcdefgh");
    assert.ok(opened > 1);
  }
});

test("what is lost is tried again, at longer and longer intervals", async () => {
  const { answer, pause } = await read(1e6, (opened) => (opened < 8 ? new TypeError("no network") : null));
  assert.equal(answer.state, "done");
  assert.deepEqual(pause.waited, [500, 1000, 2000, 4000, 8000, 15000, 15000]);
});

test("a server that is busy is asked when it says", async () => {
  const { pause } = await read(1e6, (opened) => (opened === 1 ? new Problem(429, "", "", 30, []) : null));
  assert.deepEqual(pause.waited, [30000]);
});

test("what no later try can mend is told at once", async () => {
  await assert.rejects(read(1e6, () => new Problem(422, "", "no", 0, [])), Problem);
});

test("a pause ends when it is woken", async () => {
  const pause = new Pause();
  const waiting = pause.wait(60_000);
  pause.wake();
  await waiting;
});
