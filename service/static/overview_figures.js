// The figures of an overview: cells, lines over the last computations, and bars.

import { el } from "./dom.js";

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 200;
const HEIGHT = 50;

const count = (number) => number.toLocaleString("en");
const percent = (part, whole) => `${(whole ? (100 * part) / whole : 0).toFixed(1)}%`;

function days(number) {
  if (number === null || number === undefined) return ["–", "no dates are known"];
  if (Math.abs(number) < 0.05) return ["even", "half of the items are older than their article, half newer"];
  const rounded = Math.abs(number) < 10 ? Math.abs(number).toFixed(1) : Math.abs(number).toFixed(0);
  return [`${rounded} days`, `by which items are ${number < 0 ? "newer" : "older"} than their article (median)`];
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
  const reasons = Object.entries(summary.emptyBecause).map(([why, number]) => (empty === number ? why : `${count(number)}: ${why}`));
  const [age, older] = days(summary.medianAgeDays);
  const translated = summary.withTranslations;
  return [
    cell(null, "With a list", percent(summary.filled, articles), `${count(summary.filled)} of ${count(articles)} articles`, select),
    cell("empty", "Without a list", count(empty), empty ? reasons.join("; ") : "every article has one", select),
    cell("orphans", "In no list", count(summary.orphans), `${percent(summary.orphans, articles)} are never shown`, select),
    cell("hubs", "In very many lists", count(summary.hubs), `in ${count(summary.hubFrom)} or more`, select),
    cell("copies", "With copies", count(summary.withCopies), "one of them is shown, the others give way", select),
    cell("translations", "With translations", count(translated), translated ? "each is named, none is in a list" : "none are known", select),
    cell(null, "Age of items", age, older, select),
    cell(null, "Concentration (Gini)", summary.gini.toFixed(3), "0: all are shown equally often; 1: one is everywhere", select),
  ];
}

function svg(name, attributes, ...children) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

/** Render one figure over the computations, in their order; changes smaller than `least` do not fill the height. */
function line(name, values, say, revisions, least) {
  const [lowest, highest] = [Math.min(...values), Math.max(...values)];
  const spread = Math.max(highest - lowest, least);
  const bottom = Math.max(0, (lowest + highest - spread) / 2);
  const step = WIDTH / Math.max(1, values.length - 1);
  const points = values.map((value, place) => `${(place * step).toFixed(1)},${(HEIGHT - ((value - bottom) / spread) * HEIGHT).toFixed(1)}`);
  const label = `${name}: ${say(values[0])} at revision ${revisions[0]}, ${say(values.at(-1))} at revision ${revisions.at(-1)}; lowest ${say(lowest)}, highest ${say(highest)}`;
  const drawing = svg(
    "svg",
    { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img", "aria-label": label },
    svg("line", { class: "base", x1: 0, x2: WIDTH, y1: HEIGHT, y2: HEIGHT }),
    svg("polyline", { points: points.join(" ") }),
  );
  const ends = el("p", { class: "ends" }, el("span", {}, `${say(values[0])} · revision ${count(revisions[0])}`), el("span", {}, `revision ${count(revisions.at(-1))}`));
  return el("div", { class: "line" }, el("h4", {}, `${name} `, el("b", {}, say(values.at(-1)))), drawing, ends);
}

/** Render how the figures changed over the computations, the oldest first. */
export function history(computations) {
  if (computations.length < 2) {
    return el("p", { class: "faint" }, "How these figures change is drawn here from the second computation on.");
  }
  const revisions = computations.map((each) => each.revision);
  const share = (name) => computations.map((each) => (each.articles ? (100 * each[name]) / each.articles : 0));
  const whole = (name) => computations.map((each) => each[name]);
  const asPercent = (number) => `${number.toFixed(1)}%`;
  return el(
    "div",
    { class: "lines" },
    line("Articles", whole("articles"), count, revisions, Math.max(...whole("articles")) / 4),
    line("With a list", share("filled"), asPercent, revisions, 5),
    line("In no list", share("orphans"), asPercent, revisions, 5),
    line("Concentration (Gini)", whole("gini"), (number) => number.toFixed(3), revisions, 0.1),
  );
}

function barsOf(title, unit, rows) {
  const most = Math.max(1, ...rows.map(([, number]) => number));
  const body = rows.map(([label, number]) => {
    const bar = el("span", { class: "track", "aria-hidden": true });
    bar.style.width = `${(100 * number) / most}%`;
    return el("tr", {}, el("th", { scope: "row" }, label), el("td", { class: "number" }, count(number)), el("td", {}, number ? bar : null));
  });
  return el("section", {}, el("h4", {}, title), el("table", {}, el("caption", { class: "unseen" }, `${title}: number of ${unit}`), el("tbody", {}, body)));
}

/** Render items by score and age, and articles by the number of lists that show them. */
export function bars(summary) {
  return [
    barsOf("Scores of the items", "items", summary.scores),
    summary.ages.length ? barsOf("How much older or newer items are", "items", summary.ages) : null,
    barsOf("In how many lists articles are", "articles", summary.frequency),
  ].filter(Boolean);
}
