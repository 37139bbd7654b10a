import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { Store } from "./store.js";

/** A browser's storage that can be full or forbidden. */
function storage({ isFull = false, isForbidden = false } = {}) {
  const kept = new Map();
  return {
    kept,
    getItem: (name) => {
      if (isForbidden) throw new Error("forbidden");
      return kept.get(name) ?? null;
    },
    setItem: (name, value) => {
      if (isFull || isForbidden) throw new Error("full");
      kept.set(name, value);
    },
    removeItem: (name) => {
      if (isForbidden) throw new Error("forbidden");
      kept.delete(name);
    },
  };
}

function use(made) {
  Object.defineProperty(globalThis, "localStorage", { value: made, configurable: true });
  return made;
}

afterEach(() => delete globalThis.localStorage);

test("what is kept is read again by another page", () => {
  use(storage());
  new Store("networks").set("session", { token: "t" });
  assert.deepEqual(new Store("networks").get("session"), { token: "t" });
  assert.equal(new Store("other").get("session"), null);
});

test("a null is forgotten", () => {
  const { kept } = use(storage());
  const store = new Store("networks");
  store.set("outbox", [1]);
  store.set("outbox", null);
  assert.equal(store.get("outbox"), null);
  assert.equal(kept.size, 0);
});

for (const trouble of ["isFull", "isForbidden"]) {
  test(`a storage that ${trouble} is made up for while the page lives`, () => {
    use(storage({ [trouble]: true }));
    const store = new Store("networks");
    store.set("conversation", { id: "c" });
    assert.deepEqual(store.get("conversation"), { id: "c" });
    store.set("conversation", null);
    assert.equal(store.get("conversation"), null);
  });
}

test("what someone else wrote there and cannot be read is nothing", () => {
  const { kept } = use(storage());
  kept.set("course-tutor:networks:session", "{half");
  assert.equal(new Store("networks").get("session"), null);
});
