/** An answer of the server that says what is wrong, in words for whoever reads it. */
export class Problem extends Error {
  /**
   * @param {number} status
   * @param {string} code
   * @param {string} detail
   * @param {number} retrySeconds 0 where the server names no time
   * @param {{field: string, message: string}[]} fields
   */
  constructor(status, code, detail, retrySeconds, fields) {
    super(detail);
    this.status = status;
    this.code = code;
    this.retrySeconds = retrySeconds;
    this.fields = fields;
  }

  /** Whether the same request may succeed later. */
  get isPassing() {
    return this.status === 408 || this.status === 425 || this.status === 429 || this.status >= 500;
  }
}

/**
 * The tutor's API for one course; every call bears the session's token once there is one.
 *
 * Calls reject with a Problem, or with a TypeError when the server cannot be reached.
 */
export class Api {
  #course;
  #store;

  /**
   * @param {string} course
   * @param {import("./store.js").Store} store
   */
  constructor(course, store) {
    this.#course = course;
    this.#store = store;
  }

  /** The course: contacts, what follow-ups ask of a student, and more. */
  course() {
    return this.#json(this.#path(""));
  }

  /** The course's lessons in order, each with its address. */
  async lessons() {
    return (await this.#json(this.#path("/lessons"))).lessons;
  }

  /**
   * What is asked often in the course or, where one is named, on a lesson.
   * @param {string} lesson
   * @returns {Promise<{question: string}[]>}
   */
  async popularQuestions(lesson) {
    const on = lesson ? `?${new URLSearchParams({ lesson })}` : "";
    return (await this.#json(this.#path(`/popular-questions${on}`))).questions;
  }

  /** Who would answer now. */
  presence() {
    return this.#json(this.#path("/presence"));
  }

  /** The student's conversations, newest first. */
  async conversations() {
    return (await this.#json(this.#path("/conversations"))).conversations;
  }

  /**
   * The turns of a conversation, oldest first.
   * @param {string} id
   */
  async conversation(id) {
    return (await this.#json(this.#path(`/conversations/${encodeURIComponent(id)}`))).turns;
  }

  /**
   * Ask; gives the stream of the turn's events from the first on. The same key gets the same turn.
   * @param {Record<string, any>} body
   * @param {string} key
   * @param {AbortSignal} signal
   */
  async ask(body, key, signal) {
    await this.#session();
    return this.#send(this.#path("/turns"), { body: { ...body, stream: true }, key, signal });
  }

  /**
   * The events of a turn after one.
   * @param {string} turn
   * @param {number} after
   * @param {AbortSignal} signal
   */
  events(turn, after, signal) {
    return this.#send(`/api/v1/turns/${turn}/events`, { signal, headers: { "Last-Event-ID": String(after) } });
  }

  /** @param {string} turn */
  stop(turn) {
    return this.#json(`/api/v1/turns/${turn}/stop`, { body: null });
  }

  /**
   * @param {string} turn
   * @param {{rating: "up" | "down", reasons?: string[], note?: string}} feedback
   */
  feedback(turn, feedback) {
    return this.#json(`/api/v1/turns/${turn}/feedback`, { body: feedback });
  }

  /**
   * @param {Record<string, any>} body
   * @param {string} key
   */
  async followUp(body, key) {
    await this.#session();
    return this.#json(this.#path("/follow-ups"), { body, key });
  }

  /** @param {string} rest */
  #path(rest) {
    return `/api/v1/courses/${encodeURIComponent(this.#course)}${rest}`;
  }

  /**
   * @param {string} path
   * @param {{body?: any, key?: string}} [request]
   */
  async #json(path, request = {}) {
    return (await this.#send(path, request)).json();
  }

  /**
   * @param {string} path
   * @param {{body?: any, key?: string, signal?: AbortSignal, headers?: Record<string, string>}} request
   * @returns {Promise<Response>}
   */
  async #send(path, request) {
    const token = this.#token();
    const response = await fetch(path, this.#request(request, token));
    if (response.status !== 401) return checked(response);
    // Another tab may have a new session already.
    if (this.#token() === token) this.#store.set("session", null);
    await this.#session();
    return checked(await fetch(path, this.#request(request, this.#token())));
  }

  /**
   * @param {{body?: any, key?: string, signal?: AbortSignal, headers?: Record<string, string>}} request
   * @param {string} token
   * @returns {RequestInit}
   */
  #request({ body, key, signal, headers = {} }, token) {
    const sent = new Headers(headers);
    if (token) sent.set("Authorization", `Bearer ${token}`);
    if (key) sent.set("Idempotency-Key", key);
    if (body) sent.set("Content-Type", "application/json");
    return {
      method: body === undefined ? "GET" : "POST",
      headers: sent,
      body: body ? JSON.stringify(body) : undefined,
      credentials: "omit",
      cache: "no-store",
      signal,
    };
  }

  /** @returns {string} */
  #token() {
    const token = this.#store.get("session")?.token;
    return typeof token === "string" ? token : "";
  }

  /** Have a session; two tabs that begin at once get the same one. */
  async #session() {
    const begin = async () => {
      if (this.#token()) return;
      const response = await checked(await fetch(this.#path("/sessions"), this.#request({ body: null }, "")));
      this.#store.set("session", await response.json());
    };
    await (navigator.locks ? navigator.locks.request(`course-tutor:${this.#course}:session`, begin) : begin());
  }
}

/**
 * The response, if it is a good one.
 * @param {Response} response
 */
async function checked(response) {
  if (response.ok) return response;
  const told = await response.json().catch(() => ({}));
  const seconds = Number(response.headers.get("Retry-After"));
  throw new Problem(
    response.status,
    typeof told.code === "string" ? told.code : "",
    typeof told.detail === "string" ? told.detail : "",
    seconds > 0 ? seconds : 0,
    Array.isArray(told.errors) ? told.errors : [],
  );
}
