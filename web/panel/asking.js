import { listen } from "./dom.js";

/**
 * @typedef {import("./conversation.js").Turn} Turn
 * @typedef {import("./conversation.js").Mode} Mode
 * @typedef {object} Parts What questions are made with.
 * @property {import("./conversation.js").Conversation} conversation
 * @property {import("./composer.js").Composer} composer
 * @property {import("./transcript.js").Transcript} transcript
 * @property {import("./welcome.js").Welcome} welcome
 * @property {import("./lessons.js").Lessons} lessons
 * @property {import("./host.js").Host} host
 * @property {import("./speech.js").Speech} speech
 * @property {import("./words.js").Words} words
 * @property {import("./showing.js").Showing} showing
 */

/** How questions come about: by the field, a button or the page around, about the lesson that the student is on. */
export class Asking {
  #parts;
  #isAsking = false;
  #stopping = new AbortController();

  /** @param {Parts} parts */
  constructor(parts) {
    this.#parts = parts;
    const { composer, host } = parts;
    const { signal } = this.#stopping;
    listen(composer, {
      ask: ({ question, mode }) => void this.ask(question, mode),
      stop: () => void this.#stop(),
    }, signal);
    listen(host, {
      context: (context) => void this.setContext(context),
      ask: ({ question, mode, send }) => {
        if (send) void this.ask(question, mode);
        else composer.fill(question, mode);
      },
    }, signal);
  }

  /** Listen no more. */
  close() {
    this.#stopping.abort();
  }

  /** Begin a new conversation. */
  begin() {
    const { conversation, composer } = this.#parts;
    conversation.clear();
    composer.setMode("answer");
    composer.focus();
  }

  /**
   * Do what a quick action says.
   * @param {string} name
   */
  quick(name) {
    const { composer, welcome } = this.#parts;
    if (name === "where") {
      void welcome.showWhere();
      return;
    }
    const { text, mode, isWhole } = welcome.wish(name, composer.lesson !== "");
    if (isWhole) void this.ask(text, mode);
    else composer.fill(text, mode);
  }

  /**
   * Ask, about the lesson that the student is on at this moment.
   * @param {string} question
   * @param {Mode} mode
   */
  async ask(question, mode) {
    const { composer, host } = this.#parts;
    if (this.#isBusy || !question) return;
    this.#isAsking = true;
    composer.setBusy(true);
    await this.setContext(await host.context());
    this.#isAsking = false;
    composer.empty();
    // A quiz goes on until another way is chosen.
    composer.setMode(mode === "quiz" || mode === composer.mode ? mode : "answer");
    const { lesson, notBeyond } = composer;
    this.#send({ question, mode, ...(lesson && { lesson }), ...(notBeyond && { not_beyond: notBeyond }) });
  }

  /**
   * Ask once more what a turn has asked.
   * @param {Turn} turn
   */
  again(turn) {
    if (!this.#isBusy) this.#send(turn.asked);
  }

  /**
   * Where the student is now.
   * @param {import("./host.js").Context | null} context
   */
  async setContext(context) {
    const { composer, lessons, showing } = this.#parts;
    composer.setContext(await lessons.placed(context));
    showing.showPopular();
  }

  get #isBusy() {
    return this.#isAsking || this.#parts.conversation.isAnswering;
  }

  /** @param {import("./conversation.js").Question} asked */
  #send(asked) {
    const { conversation, transcript, host } = this.#parts;
    transcript.toEnd();
    conversation.ask(asked);
    host.happened("asked", { mode: asked.mode });
  }

  async #stop() {
    const { conversation, speech, words } = this.#parts;
    const turn = conversation.turns.findLast((each) => !each.hasEnded);
    try {
      if (turn) await conversation.stop(turn);
    } catch {
      speech.say(words.say("failed"));
    }
  }
}
