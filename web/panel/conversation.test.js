import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Problem } from "./api.js";
import { Conversation } from "./conversation.js";
import { Store } from "./store.js";

const kept = new Map();
Object.defineProperty(globalThis, "localStorage", {
  value: {
    getItem: (name) => kept.get(name) ?? null,
    setItem: (name, value) => kept.set(name, value),
    removeItem: (name) => kept.delete(name),
  },
});
beforeEach(() => kept.clear());

const END = { id: "turn-1", conversation: "conv-1", state: "done", answer: "Yes.", answerer: "m", fallback: "", citations: [],
  passages: [], suggestions: [], sentences: [] };
const written = (events) =>
  new Response(events.map(([id, kind, data]) => `id: ${id}\nevent: ${kind}\ndata: ${JSON.stringify(data)}\n\n`).join(""));
const ACCEPTED = [1, "accepted", { turn: "turn-1", conversation: "conv-1" }];
const DONE = [2, "done", { turn: END }];

/** A server that answers as it is told, and notes what it was asked. */
class Server {
  asked = [];
  stopped = [];
  stored = [];
  constructor(answers) {
    this.answers = answers;
  }
  async ask(body, key) {
    this.asked.push([body, key]);
    return this.answers[Math.min(this.asked.length, this.answers.length) - 1]();
  }
  async events() {
    return written([DONE]);
  }
  async stop(turn) {
    this.stopped.push(turn);
  }
  async conversation() {
    return this.stored;
  }
}

const lost = () => Promise.reject(new TypeError("no network"));
const told = (conversation, kind) => new Promise((resolve) => conversation.addEventListener(kind, (event) => resolve(event.detail), { once: true }));
const outbox = () => JSON.parse(kept.get("course-tutor:networks:outbox") ?? "[]");

test("a question is kept until the server has it, and then no longer", async () => {
  const conversation = new Conversation(new Server([() => written([ACCEPTED, DONE])]), new Store("networks"));
  const ended = told(conversation, "ended");
  conversation.ask({ question: "Why?", mode: "answer" });
  assert.deepEqual(outbox().map(({ body }) => body.question), ["Why?"]);
  assert.equal((await ended).answer.text, "Yes.");
  assert.deepEqual(outbox(), []);
  assert.equal(conversation.id, "conv-1");
});

test("a question that is sent again has the same key and the same body", async () => {
  const server = new Server([lost, () => written([ACCEPTED, DONE])]);
  const conversation = new Conversation(server, new Store("networks"));
  const ended = told(conversation, "ended");
  const turn = conversation.ask({ question: "Why?", mode: "answer" });
  await told(conversation, "changed");
  turn.pause.wake();
  await ended;
  assert.equal(server.asked.length, 2);
  assert.deepEqual(server.asked[0], server.asked[1]);
});

test("what a page before this one could not send is sent with its key", async () => {
  const first = new Conversation(new Server([lost]), new Store("networks"));
  const { key } = first.ask({ question: "Why?", mode: "answer" });
  await told(first, "changed");
  first.close();
  const server = new Server([() => written([ACCEPTED, DONE])]);
  const second = new Conversation(server, new Store("networks"));
  const ended = told(second, "ended");
  await second.restore();
  await ended;
  assert.deepEqual(server.asked, [[{ question: "Why?", mode: "answer" }, key]]);
});

test("a question is asked without a lesson or a conversation that is not there", async () => {
  const missing = () => Promise.reject(new Problem(404, "not_found", "no", 0, []));
  const server = new Server([missing, missing, () => written([ACCEPTED, DONE])]);
  const conversation = new Conversation(server, new Store("networks"));
  conversation.id = "conv-0";
  const ended = told(conversation, "ended");
  conversation.ask({ question: "Why?", mode: "answer", lesson: "x.md", not_beyond: "x.md" });
  await ended;
  const about = { question: "Why?", mode: "answer", lesson: "x.md", not_beyond: "x.md" };
  assert.deepEqual(server.asked.map(([body]) => body), [{ conversation: "conv-0", ...about }, about, { question: "Why?", mode: "answer" }]);
  assert.equal(new Set(server.asked.map(([, key]) => key)).size, 3);
});

test("a stop before the question is accepted is told when it is", async () => {
  let accept;
  const server = new Server([() => new Promise((resolve) => { accept = () => resolve(written([ACCEPTED, DONE])); })]);
  const conversation = new Conversation(server, new Store("networks"));
  const ended = told(conversation, "ended");
  const turn = conversation.ask({ question: "Why?", mode: "answer" });
  await conversation.stop(turn);
  assert.deepEqual(server.stopped, []);
  accept();
  await ended;
  assert.deepEqual(server.stopped, ["turn-1"]);
});

test("a question that cannot be sent is taken back", async () => {
  const conversation = new Conversation(new Server([lost]), new Store("networks"));
  const turn = conversation.ask({ question: "Why?", mode: "answer" });
  await told(conversation, "changed");
  const removed = told(conversation, "removed");
  await conversation.stop(turn);
  assert.equal(await removed, turn);
  assert.deepEqual([conversation.turns, outbox()], [[], []]);
});

test("what another tab has asked in this conversation is shown, and nothing twice", async () => {
  const server = new Server([() => written([ACCEPTED, DONE])]);
  const conversation = new Conversation(server, new Store("networks"));
  const ended = told(conversation, "ended");
  conversation.ask({ question: "Why?", mode: "answer" });
  await ended;
  server.stored = [
    { ...END, question: "Why?", mode: "answer", lesson: "", not_beyond: "", nodes: [] },
    { ...END, id: "turn-2", question: "And?", mode: "hint", lesson: "x.md", not_beyond: "x.md", nodes: [] },
  ];
  await conversation.open("conv-1");
  assert.deepEqual(conversation.turns.map(({ asked }) => asked.question), ["Why?", "And?"]);
  assert.deepEqual({ ...conversation.turns[1].asked }, { question: "And?", mode: "hint", lesson: "x.md", not_beyond: "x.md" });
  assert.ok(conversation.turns.every(({ isFresh }) => !isFresh));
});
