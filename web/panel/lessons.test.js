import assert from "node:assert/strict";
import test from "node:test";

import { Lessons, lessonAt } from "./lessons.js";

const LESSONS = [
  { lesson: "01-bits.md", url: "https://school.example/course/bits/" },
  { lesson: "02-frames.md", url: "https://school.example/course/frames.html" },
  { lesson: "03-tcp.md", url: "https://school.example/app#/tcp" },
  { lesson: "04-none.md", url: "" },
  { lesson: "05-twice.md", url: "https://school.example/twice" },
  { lesson: "06-twice.md", url: "https://school.example/twice/" },
];

test("a lesson is found at its address, however the site writes it", () => {
  for (const url of ["https://school.example/course/bits", "https://School.example/course/bits/index.html#top",
    "http://school.example/course/bits/?from=mail"]) {
    assert.equal(lessonAt(LESSONS, url), "01-bits.md");
  }
  assert.equal(lessonAt(LESSONS, "https://school.example/course/frames/"), "02-frames.md");
  assert.equal(lessonAt(LESSONS, "https://school.example/app#/tcp"), "03-tcp.md");
});

test("no lesson is guessed", () => {
  for (const url of ["", "nonsense", "https://other.example/course/bits", "https://school.example/course",
    "https://school.example/app#/udp", "https://school.example/twice"]) {
    assert.equal(lessonAt(LESSONS, url), "");
  }
});

test("lessons are asked for once, and again after a failure, and not where the page names one", async () => {
  let asked = 0;
  let fails = true;
  const lessons = new Lessons({
    lessons: async () => {
      asked += 1;
      if (fails) throw new TypeError("no network");
      return LESSONS;
    },
  });
  const page = { lesson: "", url: "https://school.example/course/bits", title: "Bits" };
  assert.deepEqual(await lessons.placed({ ...page, lesson: "x.md" }), { ...page, lesson: "x.md" });
  assert.equal(await lessons.placed(null), null);
  assert.equal(asked, 0);
  assert.deepEqual(await lessons.placed(page), page);
  fails = false;
  assert.deepEqual(await lessons.placed(page), { ...page, lesson: "01-bits.md" });
  await lessons.placed(page);
  assert.equal(asked, 2);
});
