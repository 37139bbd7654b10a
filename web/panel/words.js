/** The words of the page in one language. */
export class Words {
  #words;
  #plurals;

  /**
   * @param {Record<string, string>} words
   * @param {string} language
   */
  constructor(words, language) {
    this.#words = words;
    this.#plurals = new Intl.PluralRules(language);
  }

  /** All of them, by name. */
  get all() {
    return this.#words;
  }

  /**
   * A phrase with its gaps filled: `say("source", {number: 2})` for "Source {number}".
   * @param {string} name
   * @param {Record<string, string | number>} [gaps]
   */
  say(name, gaps = {}) {
    return (this.#words[name] ?? name).replace(/\{(\w+)\}/g, (gap, key) => String(gaps[key] ?? gap));
  }

  /**
   * A phrase for a number: `name.one`, `name.few`, … as the language has them, else `name.other`.
   * @param {string} name
   * @param {number} n
   */
  count(name, n) {
    const form = `${name}.${this.#plurals.select(n)}`;
    return this.say(form in this.#words ? form : `${name}.other`, { n });
  }
}
