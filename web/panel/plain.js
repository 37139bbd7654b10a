/**
 * Nodes as plain text, to be read aloud: no marks, a line for each block.
 * @param {import("../shared/draw.js").Node[]} nodes
 * @returns {string}
 */
export function plain(nodes) {
  return nodes.map(block).filter(Boolean).join("\n");
}

/** @param {import("../shared/draw.js").Node} node @returns {string} */
function block(node) {
  switch (node.type) {
    case "list":
      return node.items
        .map((/** @type {any[]} */ item, /** @type {number} */ at) =>
          `${node.ordered ? `${node.first + at}. ` : ""}${plain(item)}`)
        .join("\n");
    case "quote":
      return plain(node.children);
    case "code":
      return node.tokens.map((/** @type {[string, string]} */ run) => run[1]).join("");
    case "table":
      return [node.head, ...node.rows]
        .map((/** @type {any[][]} */ cells) => cells.map((cell) => inline(cell).trim()).join(", "))
        .join("\n");
    case "math":
      return node.tex;
    default:
      return inline(node.children ?? []).trim();
  }
}

/** @param {import("../shared/draw.js").Node[]} nodes @returns {string} */
function inline(nodes) {
  return nodes
    .map((node) => {
      if (node.type === "break") return "\n";
      if (node.type === "math") return node.tex;
      return node.text ?? node.alt ?? inline(node.children ?? []);
    })
    .join("");
}
