// The figures of an overview: cells, lines over the last computations, and bars.

import { el } from "./dom.js";
import { fixed, moment, number as count, percent as share, said, t } from "./texts.js";

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 200;
const HEIGHT = 50;

const percent = (part, whole) => share(whole ? part / whole : 0);

function days(number) {
  if (number === null || number === undefined) return ["–", t("age.unknown")];
  if (Math.abs(number) < 0.05) return [t("age.even"), t("age.half")];
  const days = fixed(Math.abs(number), Math.abs(number) < 10 ? 1 : 0);
  return [t("age.days", { days }), t(number < 0 ? "age.newer" : "age.older")];
}

/** Render a cell; one that names a kind of article is a button. */
function cell(only, name, value, note, select) {
  const inside = [el("span", { class: "name" }, name), el("b", {}, value), el("span", {}, note)];
  const button = () => el("button", { type: "button", class: "figure", "data-only": only, "aria-pressed": "false", onclick: () => select(only) }, inside);
  return el("li", {}, only ? button() : el("div", { class: "figure" }, inside));
}

/** Render the figures; calls `select(kind)` with the kind of article that one was chosen of. */
export function figures(summary, select) {
  const { articles } = summary;
  const empty = articles - summary.filled;
  const reasons = Object.entries(summary.emptyBecause).map(([why, number], place) => [place ? "; " : "", empty === number ? said(why) : [`${count(number)}: `, said(why)]]);
  const [age, older] = days(summary.medianAgeDays);
  const translated = summary.withTranslations;
  return [
    cell(null, t("figure.filled"), percent(summary.filled, articles), t("articles-of", { shown: summary.filled, count: articles }), select),
    cell("empty", t("figure.empty"), count(empty), empty ? reasons : t("figure.none-empty"), select),
    cell("orphans", t("figure.orphans"), count(summary.orphans), t("figure.never-shown", { share: percent(summary.orphans, articles) }), select),
    cell("hubs", t("figure.hubs"), count(summary.hubs), t("figure.hub-from", { lists: summary.hubFrom }), select),
    cell("copies", t("figure.copies"), count(summary.withCopies), t("figure.one-copy"), select),
    cell("translations", t("figure.translations"), count(translated), t(translated ? "figure.translated" : "figure.untranslated"), select),
    cell(null, t("figure.age"), age, older, select),
    cell(null, t("figure.gini"), fixed(summary.gini, 3), t("figure.gini-meaning"), select),
  ];
}

function svg(name, attributes, ...children) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

/** Render one figure over the computations, in their order; changes smaller than `least` do not fill the height. */
function line(name, values, say, computedAt, least) {
  const [lowest, highest] = [Math.min(...values), Math.max(...values)];
  const spread = Math.max(highest - lowest, least);
  const bottom = Math.max(0, (lowest + highest - spread) / 2);
  const step = WIDTH / Math.max(1, values.length - 1);
  const points = values.map((value, place) => `${(place * step).toFixed(1)},${(HEIGHT - ((value - bottom) / spread) * HEIGHT).toFixed(1)}`);
  const label = t("history.line", {
    name,
    first: say(values[0]), begin: moment(computedAt[0]),
    last: say(values.at(-1)), end: moment(computedAt.at(-1)),
    lowest: say(lowest), highest: say(highest),
  });
  const drawing = svg(
    "svg",
    { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img", "aria-label": label },
    svg("line", { class: "base", x1: 0, x2: WIDTH, y1: HEIGHT, y2: HEIGHT }),
    svg("polyline", { points: points.join(" ") }),
  );
  const ends = el("p", { class: "ends" }, el("span", {}, `${say(values[0])} · ${shortly(computedAt[0], computedAt.at(-1))}`), el("span", {}, shortly(computedAt.at(-1), computedAt[0])));
  return el("div", { class: "line" }, el("h4", {}, `${name} `, el("b", {}, say(values.at(-1)))), drawing, ends);
}

/** Write a moment as briefly as tells it from another one. */
function shortly(iso, other) {
  const days = [iso, other].map((each) => moment(each, { dateStyle: "medium" }));
  return days[0] === days[1] ? moment(iso, { timeStyle: "short" }) : days[0];
}

/** Render how the figures changed over the computations, the oldest first. */
export function history(computations) {
  if (computations.length < 2) {
    return el("p", { class: "faint" }, t("history.first"));
  }
  const computedAt = computations.map((each) => each.computedAt);
  const partOf = (name) => computations.map((each) => (each.articles ? each[name] / each.articles : 0));
  const whole = (name) => computations.map((each) => each[name]);
  return el(
    "div",
    { class: "lines" },
    line(t("table"), whole("articles"), count, computedAt, Math.max(...whole("articles")) / 4),
    line(t("figure.filled"), partOf("filled"), share, computedAt, 0.05),
    line(t("figure.orphans"), partOf("orphans"), share, computedAt, 0.05),
    line(t("figure.gini"), whole("gini"), (gini) => fixed(gini, 3), computedAt, 0.1),
  );
}

function barsOf(title, caption, rows) {
  const most = Math.max(1, ...rows.map(([, number]) => number));
  const body = rows.map(([label, number]) => {
    const bar = el("span", { class: "track", "aria-hidden": true });
    bar.style.width = `${(100 * number) / most}%`;
    return el("tr", {}, el("th", { scope: "row" }, said(label)), el("td", { class: "number" }, count(number)), el("td", {}, number ? bar : null));
  });
  return el("section", {}, el("h4", {}, title), el("table", {}, el("caption", { class: "unseen" }, `${title}: ${caption}`), el("tbody", {}, body)));
}

/** Render items by score and age, and articles by the number of lists that show them. */
export function bars(summary) {
  return [
    barsOf(t("bars.scores"), t("bars.items"), summary.scores),
    summary.ages.length ? barsOf(t("bars.ages"), t("bars.items"), summary.ages) : null,
    barsOf(t("bars.frequency"), t("bars.articles"), summary.frequency),
  ].filter(Boolean);
}
