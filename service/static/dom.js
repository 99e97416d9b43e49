// DOM helpers; external texts are never parsed as markup.

import { day, fixed, moment as written } from "./texts.js";

/** Create an element: `el("a", { href, class: "x", onclick }, child, ...)`; children are nodes or texts, null is skipped. */
export function el(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else node.setAttribute(key, value === true && !key.startsWith("aria-") ? "" : value); // aria-hidden="" would hide nothing
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return node;
}

export const byId = (id) => document.getElementById(id);

/** Return the URL if it is http or https, else null. */
export function webUrl(text) {
  try {
    const url = new URL(text);
    return ["http:", "https:"].includes(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

/** Create a link if `url` is http or https, else a span. */
export function link(url, children, attributes = {}) {
  const href = webUrl(url);
  return href ? el("a", { ...attributes, href, rel: "noopener noreferrer" }, children) : el("span", attributes, children);
}

/** Return pieces of a text as nodes, with <mark> around those that are words of a query. */
export const marked = (pieces) => pieces.map((piece) => (piece.matched ? el("mark", {}, piece.text) : piece.text));

export function date(iso) {
  const text = day(iso);
  return text && el("time", { datetime: iso }, text);
}

/** Render a date with its time of day, in the reader's own time zone. */
export const moment = (iso) => el("time", { datetime: iso }, written(iso));

/** Render provider and date of an article on one line. */
export function byline(article) {
  const provider = article.provider?.name || article.provider?.domain;
  const parts = [provider ? el("bdi", { class: "provider" }, provider) : null, date(article.publishedDateTime)];
  return el("p", { class: "byline" }, parts);
}

/** A score with four digits; what is less than 1 is not shown as 1. */
export const score = (number) => fixed(number < 1 ? Math.min(number, 0.9999) : number, 4);

/** Take away what held the place of content that is there now, or will not come. */
export function arrived() {
  for (const bones of document.querySelectorAll(".bones")) bones.remove();
  document.documentElement.classList.remove("waits");
  document.querySelector("main").removeAttribute("aria-busy");
}

/** Return a function that calls `work` once it has not been called for `ms` milliseconds. */
export function debounce(work, ms) {
  let timer;
  const later = (...given) => {
    clearTimeout(timer);
    timer = setTimeout(() => work(...given), ms);
  };
  later.cancel = () => clearTimeout(timer);
  return later;
}
