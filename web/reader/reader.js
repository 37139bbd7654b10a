/** What a script adds to the reader's pages, which can all be read without it. */
import { liveLine } from "./choices.js";
import { copyButtons, reachable } from "./code.js";
import { answerCitations, openPlaces } from "./places.js";
import { follow, offer } from "./progress.js";
import { schemeButton } from "./scheme_button.js";

const course = document.body.dataset.course ?? "";
const article = document.querySelector("article.lesson");
const status = document.querySelector(".told");
const button = document.querySelector("button.scheme");
const slot = document.querySelector(".continue");
const form = document.querySelector("form.choices");
const line = document.querySelector(".snippet");

copyButtons(document);
reachable(document);
if (button instanceof HTMLButtonElement) schemeButton(button);
if (course && slot instanceof HTMLElement) offer(course, slot);
if (form instanceof HTMLFormElement && line instanceof HTMLElement) liveLine(form, line);
if (article instanceof HTMLElement && status instanceof HTMLElement) {
  openPlaces(article, status);
  follow(course, article);
  answerCitations(course, article, status);
} else if (course) {
  answerCitations(course, null, null);
}
