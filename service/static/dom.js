// DOM helpers; external texts are never parsed as markup.

/** Create an element: `el("a", { href, class: "x", onclick }, child, ...)`; children are nodes or texts, null is skipped. */
export function el(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else node.setAttribute(key, value === true ? "" : value);
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

export function date(iso) {
  const moment = iso ? new Date(iso) : null;
  if (!moment || Number.isNaN(moment.valueOf())) return null;
  const text = moment.toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
  return el("time", { datetime: iso }, text);
}

/** Render provider and date of an article on one line. */
export function byline(article) {
  const provider = article.provider?.name || article.provider?.domain;
  const parts = [provider ? el("span", { class: "provider" }, provider) : null, date(article.publishedDateTime)];
  return el("p", { class: "byline" }, parts);
}

export const score = (number) => number.toFixed(4);

/** Return a function that calls `work` once it has not been called for `ms` milliseconds. */
export function debounce(work, ms) {
  let timer;
  return (...given) => {
    clearTimeout(timer);
    timer = setTimeout(() => work(...given), ms);
  };
}
