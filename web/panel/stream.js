import { Problem } from "./api.js";
import { EventParser } from "./event_parser.js";

/**
 * @typedef {import("./event_parser.js").ServerEvent} ServerEvent
 * @typedef {object} Reading
 * @property {() => Promise<Response>} open Opens the stream after the last event that was taken.
 * @property {(event: ServerEvent) => void} take
 * @property {() => boolean} hasEnded Whether the last event was taken.
 * @property {(waitSeconds: number, isBusy: boolean) => void} [waiting] Told how long it waits until it tries again, and
 *   whether the server asked for that; 0 when it goes on.
 * @property {AbortSignal} signal Ends it.
 * @property {Pause} pause Where it waits between tries; waking it tries at once.
 */

/** The server sends at least a comment every 15 seconds; what is silent for longer is dead. */
const SILENT_MS = 40_000;
const WAITS_SECONDS = [0.5, 1, 2, 4, 8, 15];

/** A wait that can be cut short. */
export class Pause {
  /** @type {(() => void) | null} */
  #wake = null;

  /** Go on now. */
  wake() {
    this.#wake?.();
  }

  /**
   * Wait, at most so long.
   * @param {number} milliseconds
   */
  wait(milliseconds) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds, undefined);
      this.#wake = () => {
        clearTimeout(timer);
        resolve(undefined);
      };
    });
  }
}

/**
 * Read a turn's events to its end, however often the connection breaks.
 *
 * Rejects with the Problem that no later try can mend. Ends quietly when its signal is aborted.
 * @param {Reading} reading
 */
export async function readToEnd({ open, take, hasEnded, waiting = () => {}, signal, pause }) {
  let failures = 0;
  while (!hasEnded() && !signal.aborted) {
    let seconds = WAITS_SECONDS[Math.min(failures, WAITS_SECONDS.length - 1)];
    let isBusy = false;
    try {
      const response = await open();
      waiting(0, false);
      await eachEvent(response, (event) => {
        failures = 0;
        take(event);
      });
      seconds = WAITS_SECONDS[0];
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof Problem) {
        if (!error.isPassing) throw error;
        seconds = Math.max(seconds, error.retrySeconds);
        isBusy = true;
      }
    }
    if (hasEnded() || signal.aborted) return;
    failures += 1;
    waiting(seconds, isBusy);
    await pause.wait(seconds * 1000);
  }
}

/**
 * @param {Response} response
 * @param {(event: ServerEvent) => void} take
 */
async function eachEvent(response, take) {
  if (!response.body) return;
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  const parser = new EventParser();
  const hangUp = () => void reader.cancel().catch(() => {});
  // Some browsers let a dead connection hang after the network has gone.
  globalThis.addEventListener?.("offline", hangUp);
  let timer = setTimeout(hangUp, SILENT_MS);
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      clearTimeout(timer);
      timer = setTimeout(hangUp, SILENT_MS);
      parser.feed(decoder.decode(value, { stream: true })).forEach(take);
    }
  } finally {
    clearTimeout(timer);
    globalThis.removeEventListener?.("offline", hangUp);
    hangUp();
  }
}
