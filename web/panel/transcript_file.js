/**
 * A conversation as a Markdown file.
 * @param {string} title
 * @param {import("./conversation.js").Turn[]} turns
 * @param {import("./words.js").Words} words
 * @param {(citation: import("./answer.js").Citation) => string} url
 */
export function transcript(title, turns, words, url) {
  const parts = turns.map(({ asked, answer }) =>
    [`## ${words.say("you")}`, quoted(asked.question), `## ${words.say("tutor")}`, withSources(answer, words, url)].join("\n\n"));
  return [`# ${title}`, ...parts].join("\n\n") + "\n";
}

/**
 * An answer's Markdown, with what it cites below.
 * @param {import("./answer.js").Answer} answer
 * @param {import("./words.js").Words} words
 * @param {(citation: import("./answer.js").Citation) => string} url
 */
export function withSources({ text, citations }, words, url) {
  if (!citations.length) return text;
  const lines = citations.map((citation) => `[${citation.number}] ${citation.title} › ${citation.section}: ${url(citation)}`);
  return `${text}\n\n${words.say("sources")}:\n${lines.join("\n")}`;
}

/** @param {string} text */
function quoted(text) {
  return text.split("\n").map((line) => `> ${line}`).join("\n");
}
