import { Answer } from "./answer.js";
import { Problem } from "./api.js";
import { Pause, readToEnd } from "./stream.js";

/**
 * @typedef {"answer" | "hint" | "simple" | "summary" | "quiz"} Mode
 * @typedef {{question: string, mode: Mode, lesson?: string, not_beyond?: string, conversation?: string}} Question
 */

/** One question, and its answer as far as it has come. */
export class Turn {
  answer = new Answer();
  /** Seconds until the next try; 0 while the connection stands. */
  waitSeconds = 0;
  /** Whether it waits because the server has too much to do, and not for the network. */
  isBusy = false;
  /** Why it was not answered, in the server's words; empty where it was or will be. */
  trouble = "";
  /** Whether this page saw it being answered, and so tells of its end. */
  isFresh = true;
  /**
   * What the student thought of it before this page was opened.
   * @type {"up" | "down" | null}
   */
  rating = null;
  /** Whether its beginning was told. */
  hasBegun = false;
  /** Whether it is to end as soon as it can be told to. */
  isUnwanted = false;
  pause = new Pause();
  reading = new AbortController();

  /**
   * @param {Question} asked
   * @param {string} key what the request is known by, however often it is sent
   */
  constructor(asked, key = "") {
    this.asked = asked;
    this.key = key;
  }

  /** Whether nothing more is to come. */
  get hasEnded() {
    return this.answer.hasEnded || this.trouble !== "";
  }
}

/**
 * The turns of the conversation that is shown, in step with the server and with other tabs.
 *
 * It tells of what happens by events with the turn as detail: `added`, `changed`, `ended`, `removed`; and `cleared`.
 */
export class Conversation extends EventTarget {
  /** @type {Turn[]} */
  turns = [];
  id = "";
  #api;
  #store;
  #stopping = new AbortController();

  /**
   * @param {import("./api.js").Api} api
   * @param {import("./store.js").Store} store
   */
  constructor(api, store) {
    super();
    this.#api = api;
    this.#store = store;
    const { signal } = this.#stopping;
    store.addEventListener("elsewhere", (event) => this.#elsewhere(/** @type {CustomEvent} */ (event).detail), { signal });
    globalThis.addEventListener?.("online", () => this.wake(), { signal });
  }

  /** Whether an answer is still to come to its end. */
  get isAnswering() {
    return this.turns.some((turn) => !turn.hasEnded);
  }

  /** Show what was shown last: the conversation, and questions that had not reached the server. */
  async restore() {
    const id = this.#store.get("conversation")?.id;
    const outbox = this.#outbox();
    if (typeof id === "string" && id) await this.open(id);
    for (const { body, key } of outbox) {
      if (!this.turns.some((turn) => turn.key === key)) void this.#answer(this.#add(new Turn(body, key)));
    }
  }

  /**
   * Show a conversation of this student's; where there is no such any more, none.
   * @param {string} id
   */
  async open(id) {
    this.clear();
    this.id = id;
    try {
      await this.#read();
      this.#store.set("conversation", { id });
    } catch (error) {
      if (!(error instanceof Problem) || error.isPassing) throw error;
      this.id = "";
      this.#store.set("conversation", null);
    }
  }

  /**
   * Ask a question.
   * @param {Question} asked
   */
  ask(asked) {
    // As it is now: what is sent again must be the same to the letter.
    const body = this.id ? { conversation: this.id, ...asked } : asked;
    const turn = this.#add(new Turn(body, newKey()));
    this.#keep(turn);
    void this.#answer(turn);
    return turn;
  }

  /**
   * End an answer where it is; a question that cannot reach the server is taken back.
   * @param {Turn} turn
   */
  async stop(turn) {
    turn.isUnwanted = true;
    if (turn.answer.turn) await this.#api.stop(turn.answer.turn);
    else if (turn.waitSeconds) this.#takeBack(turn);
  }

  /** Try at once whatever waits for its connection. */
  wake() {
    this.turns.forEach((turn) => turn.pause.wake());
  }

  /** Begin a new one. */
  clear() {
    this.turns.forEach((turn) => turn.reading.abort());
    this.turns = [];
    this.id = "";
    this.#store.set("conversation", null);
    this.dispatchEvent(new CustomEvent("cleared"));
  }

  /** Follow nothing any more. */
  close() {
    this.#stopping.abort();
    this.turns.forEach((turn) => turn.reading.abort());
  }

  /** @param {string} name of what another tab has kept */
  #elsewhere(name) {
    if (name !== "conversation" || !this.id || this.#store.get("conversation")?.id !== this.id) return;
    // Whatever fails here is read again at the next question.
    this.#read().catch(() => {});
  }

  /** Add what the server has of this conversation and this page has not. */
  async #read() {
    const id = this.id;
    const stored = await this.#api.conversation(id);
    if (this.id !== id) return;
    for (const each of stored) {
      if (this.turns.some((turn) => turn.answer.turn === each.id)) continue;
      const { question, mode, lesson, not_beyond } = each;
      const turn = new Turn({ question, mode, lesson: lesson || undefined, not_beyond: not_beyond || undefined });
      turn.rating = each.rating;
      turn.answer.turn = each.id;
      turn.answer.conversation = id;
      turn.answer.state = "waiting";
      if (each.state !== "running") {
        turn.isFresh = false;
        turn.answer.end(each, each.nodes);
      }
      this.#add(turn);
      if (!turn.hasEnded) void this.#answer(turn);
    }
  }

  /** @param {Turn} turn */
  #add(turn) {
    this.turns.push(turn);
    this.#tell("added", turn);
    return turn;
  }

  /**
   * @param {Turn} turn
   * @returns {Promise<void>}
   */
  async #answer(turn) {
    const { answer } = turn;
    const { signal } = turn.reading;
    try {
      await readToEnd({
        open: () =>
          answer.turn
            ? this.#api.events(answer.turn, answer.lastEvent, signal)
            : this.#api.ask(turn.asked, turn.key, signal),
        take: (event) => {
          const wasAccepted = answer.turn !== "";
          if (answer.take(event)) this.#tell("changed", turn);
          if (!wasAccepted && answer.turn) this.#accepted(turn);
        },
        hasEnded: () => answer.hasEnded,
        waiting: (seconds, isBusy) => {
          turn.waitSeconds = seconds;
          turn.isBusy = isBusy;
          if (seconds && turn.isUnwanted && !answer.turn) this.#takeBack(turn);
          this.#tell("changed", turn);
        },
        signal,
        pause: turn.pause,
      });
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (error.status === 404 && !answer.turn && this.#loosen(turn)) return this.#answer(turn);
      turn.trouble = error.message;
    }
    if (signal.aborted) return;
    this.#forget(turn);
    this.#tell("ended", turn);
  }

  /**
   * Ask without what is not there: the conversation is no longer this student's, or the page is no lesson of the course.
   * @param {Turn} turn
   * @returns {boolean} whether there is something to leave out
   */
  #loosen(turn) {
    const { conversation, ...asked } = turn.asked;
    const { lesson, not_beyond, ...rest } = asked;
    if (!conversation && !lesson) return false;
    this.#forget(turn);
    turn.asked = conversation ? asked : rest;
    turn.key = newKey();
    this.#keep(turn);
    return true;
  }

  /** @param {Turn} turn */
  #accepted(turn) {
    // It may have been read already as something that another tab has asked.
    const twin = this.turns.find((other) => other !== turn && other.answer.turn === turn.answer.turn);
    if (twin) this.#remove(twin);
    this.id = turn.answer.conversation;
    this.#forget(turn);
    this.#store.set("conversation", { id: this.id, newest: turn.answer.turn });
    // Where that fails the answer goes on, and its button still stops it.
    if (turn.isUnwanted) this.stop(turn).catch(() => {});
  }

  /** @param {Turn} turn */
  #takeBack(turn) {
    this.#forget(turn);
    this.#remove(turn);
  }

  /** @param {Turn} turn */
  #remove(turn) {
    turn.reading.abort();
    turn.pause.wake();
    this.turns = this.turns.filter((other) => other !== turn);
    this.#tell("removed", turn);
  }

  /** @returns {{key: string, body: any}[]} */
  #outbox() {
    const kept = this.#store.get("outbox");
    return Array.isArray(kept) ? kept.filter((item) => typeof item?.body?.question === "string" && item.key) : [];
  }

  /** @param {Turn} turn */
  #keep(turn) {
    this.#store.set("outbox", [...this.#outbox(), { key: turn.key, body: turn.asked }]);
  }

  /** @param {Turn} turn */
  #forget(turn) {
    const rest = this.#outbox().filter(({ key }) => key !== turn.key);
    this.#store.set("outbox", rest.length ? rest : null);
  }

  /**
   * @param {string} kind
   * @param {Turn} turn
   */
  #tell(kind, turn) {
    this.dispatchEvent(new CustomEvent(kind, { detail: turn }));
  }
}

/** What a request is known by, however often it is sent. */
export function newKey() {
  return crypto.randomUUID?.() ?? Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join("-");
}
