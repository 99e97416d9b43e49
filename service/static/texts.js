// The texts of the page in its language, from service/texts/, and numbers and dates as they are written there.

const KEPT = "related-language";
const ATTRIBUTES = ["aria-label", "aria-roledescription", "placeholder"];
const root = document.documentElement;

const { default: texts } = await load();
const locale = root.lang === "en" ? "en-GB" : root.lang; // day before month
const plurals = new Intl.PluralRules(locale);
const whole = new Intl.NumberFormat(locale);

/** Load the texts that start.js has chosen; the English ones if those cannot be had, and where there is no choice. */
async function load() {
  try {
    if (root.dataset.texts) return await import(root.dataset.texts);
  } catch {
    root.lang = "en";
  }
  return import("./texts_en.js");
}

/** Write a whole number. */
export const number = (value) => whole.format(value).replace("-", "−");

/** Write a number with so many digits after the point. */
export const fixed = (value, digits) =>
  new Intl.NumberFormat(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value).replace("-", "−");

/** Write a number with all its digits. */
export const decimal = (value) => value.toLocaleString(locale, { maximumFractionDigits: 20 });

/** Write a share of one as a percentage. */
export const percent = (share) => new Intl.NumberFormat(locale, { style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(share);

/** Write the day of an article, which is the same in every time zone; null if there is none. */
export function day(iso, month = "long") {
  const when = iso ? new Date(iso) : null;
  if (!when || Number.isNaN(when.valueOf())) return null;
  return when.toLocaleDateString(locale, { day: "numeric", month, year: "numeric", timeZone: "UTC" });
}

/** Write a moment in the reader's time zone; `styles` are those of Intl.DateTimeFormat. */
export const moment = (iso, styles = { dateStyle: "medium", timeStyle: "short" }) => new Date(iso).toLocaleString(locale, styles);

/** Return a text as pieces, for nodes among its values; `count` chooses the plural, numbers are written out. */
export function pieces(key, values = {}) {
  const form = "count" in values ? `${key}_${plurals.select(values.count)}` : key;
  const text = texts[form] ?? texts[`${key}_other`] ?? key;
  const written = (value) => (typeof value === "number" ? number(value) : value);
  return text.split(/\{\{(\w+)\}\}/).map((piece, at) => (at % 2 ? written(values[piece]) : piece));
}

/** Return a text; `values` are those of its placeholders. */
export const t = (key, values) => pieces(key, values).join("");

/** Return the text of a name that the service may have added since; then it is the name itself. */
export const named = (group, name) => texts[`${group}.${name}`] ?? name;

/** Translate a phrase of the service, in which numbers may vary; null if there is no translation. */
function translated(phrase) {
  const numbers = {};
  const key = phrase.replace(/\d+(?:\.(\d+))?/g, (found, digits = "") => {
    const place = Object.keys(numbers).length + 1;
    numbers[place] = fixed(Number(found), digits.length);
    return `#${place}`;
  });
  return texts[`said.${key}`] ? t(`said.${key}`, numbers) : null;
}

/** Translate a phrase of the service; one without a translation stays, marked as English. */
export function said(phrase) {
  const text = translated(phrase);
  if (text !== null) return text;
  const node = document.createElement("span");
  node.lang = "en";
  node.textContent = phrase;
  return node;
}

/** The same as a text. */
export const saidText = (phrase) => translated(phrase) ?? phrase;

root.dir = texts["language.direction"];
root.dataset.told = ""; // the styles show the page
for (const node of document.querySelectorAll("[data-words]")) node.textContent = t(node.dataset.words);
for (const name of ATTRIBUTES) {
  for (const node of document.querySelectorAll(`[data-${name}]`)) node.setAttribute(name, t(node.getAttribute(`data-${name}`)));
}
for (const link of document.querySelectorAll(".languages a")) {
  if (link.lang === root.lang) link.setAttribute("aria-current", "true");
  // A new load keeps what the address and the history have: article, settings, draft.
  link.addEventListener("click", (event) => {
    event.preventDefault();
    localStorage.setItem(KEPT, link.lang);
    location.reload();
  });
}
