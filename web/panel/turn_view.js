import { change, trees } from "../shared/draw.js";
import { readerUrl, sourceList, sourceName } from "./citations.js";
import { button, el, icon } from "./dom.js";
import { Feedback } from "./feedback.js";

/**
 * @typedef {import("../shared/draw.js").Tree} Tree
 * @typedef {import("./conversation.js").Turn} Turn
 * @typedef {object} Panel What the view of a turn needs of the panel.
 * @property {string} course
 * @property {number} lessons
 * @property {import("./words.js").Words} words
 * @property {import("./speech.js").Speech} speech
 * @property {import("./api.js").Api} api
 * @property {import("./panel.js").Limits} limits
 * @property {(view: TurnView, rating: "up" | "down") => void} rated
 * @property {(view: TurnView) => void} offerPerson Puts the ways to reach a person below an answer.
 */

const CUT_SHORT = new Set(["stopped", "truncated", "filtered", "failed", "interrupted"]);

/** One turn on the page: the question, and the answer as it grows. */
export class TurnView {
  turn;
  #panel;
  /** @type {Tree[]} */
  #drawn = [];
  #doing = el("div.doing");
  #doingShown = "";
  #body = el("div.body", { dir: "auto" });
  #after = el("div.after");
  #isFinished = false;
  question;
  answer;

  /**
   * @param {Turn} turn
   * @param {Panel} panel
   */
  constructor(turn, panel) {
    this.turn = turn;
    this.#panel = panel;
    const { words } = panel;
    const { question, mode } = turn.asked;
    const kind = mode === "answer" ? [] : [el("span.kind", {}, words.say(`mode_${mode}`))];
    this.question = el("article.question", { tabindex: "-1", "aria-label": words.say("you") },
      el("div.bubble", {}, ...kind, el("p", { dir: "auto" }, question)),
      button("edit", words.say("edit"), { picture: "edit", look: "tool" }));
    this.answer = el("article.answer", { tabindex: "-1", "aria-label": words.say("tutor") },
      el("h2.said", {}, words.say("tutor")), this.#doing, this.#body, this.#after);
    this.draw();
  }

  /** Bring the page up to what has come. */
  draw() {
    const { answer } = this.turn;
    this.answer.dataset.state = this.turn.trouble ? "failed" : answer.state;
    this.#drawDoing();
    const drawn = trees(this.#nodes(), this.#options());
    change(this.#body, this.#drawn, drawn);
    this.#drawn = drawn;
    if (this.turn.hasEnded && !this.#isFinished) this.#finish();
  }

  /** What is being done, until there are words. */
  #drawDoing() {
    const { turn } = this;
    const { words, lessons } = this.#panel;
    const { answer } = turn;
    let shown = "";
    if (!turn.hasEnded) {
      if (turn.waitSeconds) shown = turn.isBusy ? "lost busy" : "lost";
      else if (answer.state === "sending" || (answer.state === "waiting" && !answer.hasSearched)) shown = "searching";
      else if (answer.state === "waiting") shown = "writing";
    }
    if (shown === this.#doingShown) return;
    this.#doingShown = shown;
    this.#doing.className = `doing ${shown}`;
    if (shown.startsWith("lost")) {
      const said = turn.isBusy ? "busy" : answer.turn ? "connection_lost" : "not_sent";
      this.#doing.replaceChildren(icon(turn.isBusy ? "warning" : "offline"), el("span", {}, words.say(said)),
        button("try-again", words.say("try_again"), { look: "quiet" }));
    } else if (shown) {
      const text = shown === "searching" ? words.count("searching", lessons) : words.say("writing");
      this.#doing.replaceChildren(el("span.dots", { "aria-hidden": "true" }, el("i"), el("i"), el("i")), el("span", {}, text));
    } else {
      this.#doing.replaceChildren();
    }
  }

  /** The nodes; in a refusal, the lessons that it names lead there. */
  #nodes() {
    const { nodes, passages, state } = this.turn.answer;
    if (state !== "refused") return nodes;
    const byTitle = new Map(passages.map(({ title, lesson }) => [title, lesson]));
    return nodes.map((node) => (node.type === "list" ? { ...node, items: node.items.map((/** @type {any[]} */ item) =>
      item.map((block) => linked(block, byTitle))) } : node));
  }

  /** @returns {import("../shared/draw.js").DrawOptions} */
  #options() {
    const { words, course } = this.#panel;
    const { citations, sentences } = this.turn.answer;
    return {
      words: words.all,
      sentences,
      lessonUrl: (lesson, anchor) => readerUrl(course, { lesson, anchor }),
      citation: (number) => ({
        tag: "button",
        attributes: {
          type: "button", class: "cite", "data-number": String(number), "data-act": "source",
          "aria-label": sourceName(words, number, citations.find((citation) => citation.number === number)),
        },
        children: [String(number)],
      }),
    };
  }

  #finish() {
    this.#isFinished = true;
    const { turn } = this;
    const { answer } = turn;
    const { words, course } = this.#panel;
    const kinds = new Set(answer.sentences.map(({ support }) => support));
    const legend = ["unsupported", "partly"].filter((kind) => kinds.has(kind)).map((kind) =>
      el("li", {}, el(`span.doubt.first.${kind}`, { "aria-hidden": "true" }, words.say("sentence")), " ", words.say(`${kind}_means`)));
    this.#after.append(
      ...(turn.trouble ? [el("p.note.bad", {}, icon("warning"), turn.trouble)] : []),
      ...(CUT_SHORT.has(answer.state) ? [el("p.note", {}, icon("warning"), words.say(`ended_${answer.state}`))] : []),
      ...(answer.fallback ? [el("p.note", {}, words.say("fallback"))] : []),
      ...(legend.length ? [el("ul.legend", { role: "list", "aria-label": words.say("legend") }, ...legend)] : []),
      ...(answer.citations.length ? [sourceList(words, course, answer.citations)] : []),
      this.#tools(),
    );
    if (answer.suggestions.length) this.#after.append(this.#suggestions());
    if (answer.state === "refused") this.#panel.offerPerson(this);
  }

  #tools() {
    const { turn } = this;
    const { words } = this.#panel;
    const tools = el("div.tools", { role: "group", "aria-label": words.say("about_answer") });
    if (turn.trouble || CUT_SHORT.has(turn.answer.state)) {
      tools.append(button("retry", words.say("retry"), { look: "quiet" }));
    }
    if (turn.answer.text) {
      tools.append(button("copy", words.say("copy"), { picture: "copy", look: "tool" }));
      const feedback = new Feedback(turn, { ...this.#panel, given: (rating) => this.#panel.rated(this, rating) });
      tools.append(feedback.up, feedback.down);
    }
    return tools;
  }

  #suggestions() {
    const { suggestions } = this.turn.answer;
    const { mode } = this.turn.asked;
    const chips = suggestions.map((question, at) => {
      // The next hint, and a quiz's reply, stay in their way of teaching; the rest are questions.
      const way = mode === "quiz" || (mode === "hint" && at === 0) ? mode : "answer";
      return el("li", {}, button("ask", question, { look: "chip", dir: "auto", "data-mode": way }));
    });
    return el("ul.suggestions", { role: "list", "aria-label": this.#panel.words.say("ask_next") }, ...chips);
  }

  /** Where more can be put below the answer. */
  get after() {
    return this.#after;
  }
}

/**
 * A paragraph that is a lesson's title, as a link to the lesson.
 * @param {any} block
 * @param {Map<string, string>} byTitle
 */
function linked(block, byTitle) {
  const only = block.children?.length === 1 ? block.children[0] : null;
  const lesson = only?.type === "text" ? byTitle.get(only.text) : undefined;
  return lesson ? { ...block, children: [{ type: "link", lesson, anchor: "", children: [only] }] } : block;
}
