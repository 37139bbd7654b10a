import { button, el, find, icon } from "./dom.js";
import { followUpForm } from "./follow_up.js";

/** @typedef {import("./follow_up.js").Desk} Desk */

/**
 * Put the ways to reach a person into a place, in front of its suggestions; null where there are none.
 * @param {Desk} desk
 * @param {HTMLElement} place
 * @param {{turn?: string, question: string}} about
 */
export async function offerPerson(desk, place, about) {
  const { words } = desk;
  const there = place.querySelector(".person");
  if (there) return /** @type {HTMLElement} */ (there);
  const offer = el("section.person", { "aria-label": words.say("person") }, el("h3", {}, words.say("person")));
  let course;
  try {
    course = await desk.api.course();
  } catch {
    return null;
  }
  const contacts = course.contacts.map(contactLink).filter(Boolean);
  const { follow_ups: terms } = course;
  if (!terms.enabled && !contacts.length) return null;
  if (terms.enabled) offer.append(opener(desk, terms, about));
  if (contacts.length) {
    const items = contacts.map((/** @type {HTMLElement} */ link) => el("li", {}, link));
    offer.append(el("ul.contacts", { role: "list" }, ...items));
  }
  const suggestions = place.querySelector(".suggestions");
  if (suggestions) suggestions.before(offer);
  else place.append(offer);
  return offer;
}

/**
 * The offer that opens the form, and comes back when the form is left.
 * @param {Desk} desk
 * @param {{enabled: boolean, consent_text: string, consent_version: string}} terms
 * @param {{turn?: string, question: string}} about
 */
function opener(desk, terms, about) {
  const open = button("follow-up", desk.words.say("follow_up_open"), { look: "main" });
  const offer = el("div.offer", {}, el("p", {}, desk.words.say("person_lead")), open);
  open.addEventListener("click", () => {
    const form = followUpForm(desk, terms, about);
    offer.replaceWith(form);
    find(form, "[data-act=dismiss]").addEventListener("click", () => {
      form.replaceWith(offer);
      open.focus();
    });
    find(form, "input, textarea").focus();
  });
  return offer;
}

/**
 * A way to reach a person as a link, or null where it leads nowhere known.
 * @param {{kind: string, label: string, value: string}} contact
 */
export function contactLink({ kind, label, value }) {
  const href = contactUrl(kind, value);
  if (!href) return null;
  return el("a.contact", { href, target: "_blank", rel: "noopener noreferrer" }, icon(kind), el("bdi", {}, label || value));
}

/**
 * Where a contact leads; empty for anything but an address, a number or a page.
 * @param {string} kind
 * @param {string} value
 */
export function contactUrl(kind, value) {
  const digits = value.replace(/\D/g, "");
  if (kind === "email" && /^[^\s@?&]+@[^\s@?&]+$/.test(value)) return `mailto:${value}`;
  if (kind === "whatsapp" && digits) return `https://wa.me/${digits}`;
  return kind === "link" && /^https?:\/\//i.test(value) ? value : "";
}
