/**
 * The nodes of answers and lessons (tutor/nodes.py) as elements, and changes to them without replacing what is drawn.
 *
 * Nodes become a tree of plain values, the tree becomes elements and text; nothing is ever parsed as markup. A tree has
 * exactly one DOM node for each of its members, so that a longer answer is drawn by changing what differs.
 *
 * @typedef {{type: string, [field: string]: any}} Node A node of the vocabulary, as it comes from the server.
 * @typedef {string | Shape} Tree Text, or an element.
 * @typedef {{tag: string, space?: string, attributes?: Record<string, string>, children?: Tree[]}} Shape
 * @typedef {{start: number, end: number, support: string}} Sentence Where a sentence stands, in code points.
 * @typedef {object} DrawOptions
 * @property {(number: number) => Tree} [citation] What stands for a citation's mark.
 * @property {(lesson: string, anchor: string) => string} [lessonUrl] Where a lesson is read.
 * @property {Sentence[]} [sentences] The sentences of the text, to mark those without support.
 * @property {Record<string, string>} [words] The words of the page: code_block, copy_code, table, unsupported, partly.
 * @property {number} [headings] The level that a first heading is drawn at.
 */

const MATHML = "http://www.w3.org/1998/Math/MathML";
const MATH_TAGS = new Set(
  ("math mrow mfrac msqrt mroot msub msup msubsup munder mover munderover mtable mtr mtd mspace mstyle mpadded mphantom " +
    "mmultiscripts mprescripts none menclose mi mn mo ms mtext").split(" "),
);
const MATH_ATTRIBUTES = new Set(
  ("display accent accentunder displaystyle fence form largeop movablelimits separator stretchy symmetric lspace rspace " +
    "minsize maxsize width height depth voffset linethickness scriptlevel columnalign rowlines columnlines " +
    "columnspacing mathvariant notation").split(" "),
);
const MARKED = new Map([["emphasis", "em"], ["strong", "strong"], ["strike", "s"]]);
const MARKED_SUPPORT = new Set(["unsupported", "partly"]);

/**
 * The elements of nodes.
 * @param {Node[]} nodes
 * @param {DrawOptions} [options]
 * @returns {DocumentFragment}
 */
export function draw(nodes, options = {}) {
  const fragment = document.createDocumentFragment();
  fragment.append(...trees(nodes, options).map(made));
  return fragment;
}

/**
 * The trees of top-level nodes, one for each.
 * @param {Node[]} nodes
 * @param {DrawOptions} [options]
 * @returns {Tree[]}
 */
export function trees(nodes, options = {}) {
  const drawing = new Drawing(options);
  return nodes.map((node) => drawing.block(node));
}

/**
 * The DOM node of a tree.
 * @param {Tree} tree
 * @returns {Element | Text}
 */
export function made(tree) {
  if (typeof tree === "string") return document.createTextNode(tree);
  const element = tree.space ? document.createElementNS(tree.space, tree.tag) : document.createElement(tree.tag);
  for (const [name, value] of Object.entries(tree.attributes ?? {})) element.setAttribute(name, value);
  element.append(...(tree.children ?? []).map(made));
  return element;
}

/**
 * Change the children of `parent`, drawn from `before`, into those of `after`; what is equal is not touched.
 * @param {Element} parent
 * @param {Tree[]} before
 * @param {Tree[]} after
 */
export function change(parent, before, after) {
  for (let at = before.length - 1; at >= after.length; at -= 1) parent.childNodes[at].remove();
  const shared = Math.min(before.length, after.length);
  for (let at = 0; at < shared; at += 1) changeOne(parent.childNodes[at], before[at], after[at]);
  parent.append(...after.slice(shared).map(made));
}

/**
 * Whether two trees are drawn alike.
 * @param {Tree} one
 * @param {Tree} other
 * @returns {boolean}
 */
export function same(one, other) {
  if (one === other) return true;
  if (typeof one === "string" || typeof other === "string" || one.tag !== other.tag) return false;
  const [mine, theirs] = [one.attributes ?? {}, other.attributes ?? {}];
  const names = Object.keys(mine);
  if (names.length !== Object.keys(theirs).length || names.some((name) => mine[name] !== theirs[name])) return false;
  const [children, others] = [one.children ?? [], other.children ?? []];
  return children.length === others.length && children.every((child, at) => same(child, others[at]));
}

/**
 * @param {ChildNode} node
 * @param {Tree} before
 * @param {Tree} after
 */
function changeOne(node, before, after) {
  if (same(before, after)) return;
  if (typeof after === "string" && node instanceof Text) {
    // Appending keeps what a reader has selected in it.
    if (typeof before === "string" && after.startsWith(before)) node.appendData(after.slice(before.length));
    else node.data = after;
  } else if (typeof before !== "string" && typeof after !== "string" && before.tag === after.tag) {
    const element = /** @type {Element} */ (node);
    for (const name of Object.keys(before.attributes ?? {})) {
      if (!(name in (after.attributes ?? {}))) element.removeAttribute(name);
    }
    for (const [name, value] of Object.entries(after.attributes ?? {})) {
      if (before.attributes?.[name] !== value) element.setAttribute(name, value);
    }
    change(element, before.children ?? [], after.children ?? []);
  } else {
    node.replaceWith(made(after));
  }
}

class Drawing {
  #options;
  /** @type {Sentence[]} */
  #doubtful;
  /** @type {Set<Sentence>} */
  #told = new Set();
  #first = 0;
  #last = 0;

  /** @param {DrawOptions} options */
  constructor(options) {
    this.#options = options;
    this.#doubtful = (options.sentences ?? []).filter(({ support }) => MARKED_SUPPORT.has(support));
  }

  /**
   * @param {Node} node
   * @returns {Tree}
   */
  block(node) {
    switch (node.type) {
      case "paragraph":
        return shape("p", { dir: "auto" }, this.#inline(node.children));
      case "heading":
        return shape(`h${this.#level(node.level)}`, { dir: "auto" }, this.#inline(node.children));
      case "list": {
        /** @type {Record<string, string>} */
        const attributes = node.ordered && node.first !== 1 ? { start: String(node.first) } : {};
        return shape(node.ordered ? "ol" : "ul", attributes, node.items.map((/** @type {Node[]} */ item) =>
          shape("li", { dir: "auto" }, item.map((child) => this.block(child)))));
      }
      case "quote":
        return shape("blockquote", {}, node.children.map((/** @type {Node} */ child) => this.block(child)));
      case "code":
        return this.#code(node);
      case "table":
        return this.#table(node);
      case "math":
        return shape("div", { class: "formula", dir: "ltr", tabindex: "0", role: "group", "aria-label": node.tex }, [
          this.#formula(node),
        ]);
      case "rule":
        return shape("hr", {}, []);
      default:
        return shape("p", {}, []);
    }
  }

  /**
   * The first heading has the page's level; no later one leaves a level out, whatever the text does.
   * @param {number} level
   */
  #level(level) {
    const top = this.#options.headings ?? 3;
    this.#first ||= level;
    this.#last = Math.max(top, Math.min(top + level - this.#first, (this.#last || top - 1) + 1, 6));
    return this.#last;
  }

  /** @param {Node} node */
  #code(node) {
    const words = this.#options.words ?? {};
    const runs = node.tokens.map((/** @type {[string, string]} */ [name, text]) =>
      name ? shape("span", { class: name }, [text]) : text);
    const label = node.language || words.code_block || "";
    const copy = words.copy_code
      ? [shape("button", { type: "button", class: "copy-code", "data-act": "copy-code" }, [words.copy_code])]
      : [];
    return shape("figure", { class: "code" }, [
      shape("figcaption", {}, [shape("span", {}, [label]), ...copy]),
      // A key must be able to scroll it.
      shape("pre", { dir: "ltr", tabindex: "0", role: "group", "aria-label": label || "code" }, [
        shape("code", {}, runs),
      ]),
    ]);
  }

  /** @param {Node} node */
  #table(node) {
    /** @type {(tag: string, cells: Node[][]) => Tree} */
    const row = (tag, cells) =>
      shape("tr", {}, node.align.map((/** @type {string} */ side, /** @type {number} */ at) => {
        /** @type {Record<string, string>} */
        const attributes = { dir: "auto" };
        if (tag === "th") attributes.scope = "col";
        if (side) attributes.class = side;
        return shape(tag, attributes, this.#inline(cells[at] ?? []));
      }));
    const label = this.#options.words?.table ?? "table";
    return shape("div", { class: "table", tabindex: "0", role: "group", "aria-label": label }, [
      shape("table", {}, [
        shape("thead", {}, [row("th", node.head)]),
        shape("tbody", {}, node.rows.map((/** @type {Node[][]} */ cells) => row("td", cells))),
      ]),
    ]);
  }

  /**
   * @param {Node[]} nodes
   * @returns {Tree[]}
   */
  #inline(nodes) {
    return nodes.flatMap((node) => {
      switch (node.type) {
        case "text":
          return this.#text(node);
        case "inline_code":
          return shape("code", { dir: "ltr" }, [node.text]);
        case "emphasis":
        case "strong":
        case "strike":
          return shape(MARKED.get(node.type) ?? "span", {}, this.#inline(node.children));
        case "link":
          return this.#link(node);
        case "math":
          return this.#formula(node);
        case "citation":
          return this.#options.citation?.(node.number) ?? shape("sup", {}, [String(node.number)]);
        case "break":
          return shape("br", {}, []);
        case "image":
          return shape("span", { class: "picture" }, [node.alt]);
        default:
          return [];
      }
    });
  }

  /**
   * Text, cut where a sentence without support begins or ends.
   * @param {Node} node
   * @returns {Tree[]}
   */
  #text(node) {
    if (!this.#doubtful.length || typeof node.start !== "number") return [node.text];
    const letters = [...node.text];
    const end = node.start + letters.length;
    const pieces = [];
    let at = node.start;
    for (const sentence of this.#doubtful) {
      let [from, to] = [Math.max(sentence.start, at), Math.min(sentence.end, end)];
      // The mark stands before the first word, not before the space that parts it from the last sentence.
      while (from < to && !letters[from - node.start].trim()) from += 1;
      if (from >= to) continue;
      if (from > at) pieces.push(letters.slice(at - node.start, from - node.start).join(""));
      pieces.push(this.#doubted(sentence, letters.slice(from - node.start, to - node.start).join("")));
      at = to;
    }
    if (at < end) pieces.push(letters.slice(at - node.start).join(""));
    return pieces;
  }

  /**
   * @param {Sentence} sentence
   * @param {string} text
   */
  #doubted(sentence, text) {
    const { support } = sentence;
    if (this.#told.has(sentence)) return shape("span", { class: `doubt ${support}` }, [text]);
    this.#told.add(sentence);
    const said = this.#options.words?.[support];
    const label = said ? [shape("span", { class: "said" }, [`${said}: `])] : [];
    return shape("span", { class: `doubt first ${support}` }, [...label, text]);
  }

  /** @param {Node} node */
  #link(node) {
    const children = this.#inline(node.children);
    const href = "href" in node ? node.href : this.#options.lessonUrl?.(node.lesson, node.anchor);
    // Whatever comes: only to a lesson of this server, or over https.
    if (typeof href !== "string" || !("href" in node ? /^https:\/\//i : /^\/(?![/\\])/).test(href)) {
      return shape("span", {}, children);
    }
    return shape("a", { href, target: "_blank", rel: "noopener noreferrer" }, children);
  }

  /** @param {Node} node */
  #formula(node) {
    return (node.mathml && math(node.mathml)) || shape("code", { class: "tex", dir: "ltr" }, [node.tex]);
  }
}

/**
 * @param {{tag: string, attributes: Record<string, string>, children?: any[], text?: string}} element
 * @returns {Shape | null}
 */
function math({ tag, attributes, children, text }) {
  if (!MATH_TAGS.has(tag)) return null;
  const kept = Object.fromEntries(Object.entries(attributes).filter(([name]) => MATH_ATTRIBUTES.has(name)));
  const inside = children ? children.map(math).filter((child) => child !== null) : [text ?? ""];
  return { tag, space: MATHML, attributes: kept, children: inside };
}

/**
 * @param {string} tag
 * @param {Record<string, string>} attributes
 * @param {Tree[]} children
 * @returns {Shape}
 */
function shape(tag, attributes, children) {
  return { tag, attributes, children };
}
