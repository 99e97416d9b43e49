// Nodes from values; nothing that comes from outside is ever read as markup.

/** An element: `el("a", { href, class: "x", onclick }, child, ...)`; children are nodes or texts, null is left out. */
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

/** The URL if it is one of the web, else null. */
export function webUrl(text) {
  try {
    const url = new URL(text);
    return ["http:", "https:"].includes(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

/** A text that links to `url` where that is one of the web. */
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

/** Provider and date of an article, as one line. */
export function byline(article) {
  const provider = article.provider?.name || article.provider?.domain;
  const parts = [provider ? el("span", { class: "provider" }, provider) : null, date(article.publishedDateTime)];
  return el("p", { class: "byline" }, parts);
}

export const score = (number) => number.toFixed(4);

/** Calls `work` when nothing more came for `ms`. */
export function debounce(work, ms) {
  let timer;
  return (...given) => {
    clearTimeout(timer);
    timer = setTimeout(() => work(...given), ms);
  };
}
