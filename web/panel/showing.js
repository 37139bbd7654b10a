import { find, listen } from "./dom.js";
import { offerPerson } from "./person.js";
import { drawPresence } from "./presence.js";
import { spoken } from "./speech.js";

/**
 * @typedef {import("./conversation.js").Turn} Turn
 * @typedef {import("./turn_view.js").TurnView} TurnView
 * @typedef {object} Parts What is shown, and where.
 * @property {import("./conversation.js").Conversation} conversation
 * @property {import("./composer.js").Composer} composer
 * @property {import("./transcript.js").Transcript} transcript
 * @property {import("./welcome.js").Welcome} welcome
 * @property {import("./sources.js").Sources} sources
 * @property {import("./presence.js").PresenceWatch} presence
 * @property {import("./host.js").Host} host
 * @property {import("./follow_up.js").Desk} desk
 */

/** What becomes of questions: it is shown, said and told to the page around. */
export class Showing {
  #parts;
  #words;
  #speech;
  #isRestored = false;
  #stopping = new AbortController();

  /** @param {Parts} parts */
  constructor(parts) {
    this.#parts = parts;
    this.#words = parts.desk.words;
    this.#speech = parts.desk.speech;
    const { signal } = this.#stopping;
    listen(parts.conversation, {
      added: (turn) => this.#added(turn),
      changed: (turn) => this.#changed(turn),
      ended: (turn) => this.#ended(turn),
      removed: (turn) => this.#removed(turn),
      cleared: () => this.#cleared(),
    }, signal);
    listen(parts.presence, { changed: () => this.#drawPresence() }, signal);
  }

  /** Listen no more. */
  close() {
    this.#stopping.abort();
  }

  /** Show what was shown last. */
  async restore() {
    const { conversation, transcript } = this.#parts;
    try {
      await conversation.restore();
    } catch {
      this.#say("not_restored");
    }
    if (conversation.turns.length) transcript.toEnd();
    this.#isRestored = true;
  }

  /**
   * Show a conversation of this student's.
   * @param {string} id
   */
  async open(id) {
    const { conversation, transcript, composer } = this.#parts;
    try {
      await conversation.open(id);
      transcript.toEnd();
      composer.focus();
    } catch {
      this.#say("not_restored");
    }
  }

  /** Show what is asked often where the student is. */
  showPopular() {
    const { welcome, composer } = this.#parts;
    // What is restored may leave no room for them.
    if (this.#isRestored) void welcome.showPopular(composer.lesson);
  }

  /**
   * Put the ways to reach a person below an answer, or below the first screen.
   * @param {TurnView | null} view the turn that it is about
   */
  offerPerson(view) {
    const { desk, welcome } = this.#parts;
    const about = { turn: view?.turn.answer.turn, question: view?.turn.asked.question ?? "" };
    return offerPerson(desk, view?.after ?? welcome.element, about);
  }

  /** Lead to the ways to reach a person. */
  async askPerson() {
    const offer = await this.offerPerson(this.#parts.transcript.last ?? null);
    if (!offer) {
      this.#say("no_person");
      return;
    }
    offer.scrollIntoView({ block: "nearest" });
    find(offer, "button, a").focus();
  }

  /**
   * Tell what a student thought of an answer; who was not helped may ask a person.
   * @param {TurnView} view
   * @param {"up" | "down"} rating
   */
  rated(view, rating) {
    this.#parts.host.happened("feedback", { turn: view.turn.answer.turn, rating });
    if (rating === "down") void this.offerPerson(view);
  }

  /** @param {Turn} turn */
  #added(turn) {
    this.#parts.transcript.add(turn);
    this.#changedTurns();
  }

  /** @param {Turn} turn */
  #changed(turn) {
    const { transcript, presence } = this.#parts;
    transcript.changed(turn);
    if (turn.isFresh && !turn.hasBegun && turn.answer.text) {
      turn.hasBegun = true;
      this.#speech.say(this.#words.say("begins"));
    }
    if (turn.waitSeconds) void presence.look();
  }

  /** @param {Turn} turn */
  #ended(turn) {
    const { transcript, host } = this.#parts;
    const { answer, trouble } = turn;
    transcript.changed(turn);
    this.#changedTurns();
    if (turn.isFresh) this.#speech.say(trouble || spoken(answer, this.#words));
    const name = trouble || answer.state === "failed" ? "error" : answer.state === "refused" ? "refused" : "answered";
    host.happened(name, { turn: answer.turn, conversation: answer.conversation, state: answer.state });
  }

  /** @param {Turn} turn */
  #removed(turn) {
    const { transcript, composer } = this.#parts;
    transcript.remove(turn);
    this.#changedTurns();
    // What was taken back before it was sent can be sent anew.
    if (!turn.answer.turn && !composer.text) composer.fill(turn.asked.question, turn.asked.mode);
  }

  #cleared() {
    this.#parts.sources.card.hide();
    this.#parts.transcript.clear();
    this.#changedTurns();
  }

  #changedTurns() {
    const { conversation, welcome, composer } = this.#parts;
    welcome.element.hidden = conversation.turns.length > 0;
    this.showPopular();
    composer.setBusy(conversation.isAnswering);
    this.#drawPresence();
  }

  #drawPresence() {
    const { conversation, presence } = this.#parts;
    const newest = conversation.turns.findLast(({ answer }) => answer.hasEnded && answer.text);
    drawPresence(presence.now, newest?.answer.answerer, this.#words);
  }

  /** @param {string} name */
  #say(name) {
    const text = this.#words.say(name);
    find(document, ".hint").textContent = text;
    this.#speech.say(text);
  }
}
