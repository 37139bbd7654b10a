/** The course's lessons by their addresses, asked for when a page that names no lesson holds the panel. */
export class Lessons {
  #api;
  /** @type {Promise<{lesson: string, url: string}[]> | null} */
  #all = null;

  /** @param {{lessons(): Promise<{lesson: string, url: string}[]>}} api */
  constructor(api) {
    this.#api = api;
  }

  /**
   * Where the student is, with the lesson that stands at the page's address; as it was where none does.
   * @template {{lesson: string, url: string}} Place
   * @param {Place | null} place
   * @returns {Promise<Place | null>}
   */
  async placed(place) {
    if (!place || place.lesson || !place.url) return place;
    try {
      this.#all ??= this.#api.lessons();
      return { ...place, lesson: lessonAt(await this.#all, place.url) };
    } catch {
      this.#all = null;
      return place;
    }
  }
}

/**
 * The lesson at an address; "" where none or more than one is.
 * @param {{lesson: string, url: string}[]} lessons
 * @param {string} url
 */
export function lessonAt(lessons, url) {
  const address = bare(url);
  const found = address ? lessons.filter((each) => bare(each.url) === address) : [];
  return found.length === 1 ? found[0].lesson : "";
}

/**
 * Host and path of an address, as sites write the same one in several ways; "" where it is none of the web.
 * @param {string} url
 */
function bare(url) {
  if (!URL.canParse(url) || !/^https?:/.test(url)) return "";
  const { host, pathname, hash } = new URL(url);
  // A router may keep the page in the fragment; any other one is a place on it.
  const route = /^#!?\//.test(hash) ? hash : "";
  return (host + pathname.replace(/(?:\/index\.html?|\/|\.html?)$/, "") + route).toLowerCase();
}
