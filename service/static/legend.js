// The legend of the map, and its description in words.

import { el } from "./dom.js";
import { number, pieces, t } from "./texts.js";

const FIELDS = ["topic", "provider", "language", "year"].map((name) => [name, t(`map.by-${name}`)]);
const COLOURS = 9;
const TERMS = 2;

/** The name of a cluster: its most telling terms. */
export const nameOf = (cluster) => cluster.terms.slice(0, TERMS).join(", ") || t("map.other-subjects");

/** What the map can be coloured by, as [name, label]: fields that tell articles apart. */
export function choices(map) {
  const fields = FIELDS.filter(([name]) => map.fields[name]?.length);
  return [...(map.clusters.length > 1 ? [["cluster", t("map.by-subject")]] : []), ...(fields.length ? fields : [FIELDS[0]])];
}

const valuesOf = (map, by) => (by === "cluster" ? map.clusters.map(nameOf) : (map.fields[by] ?? []));

function counts(map, by) {
  const found = new Map();
  for (const point of map.points) found.set(point[by], (found.get(point[by]) ?? 0) + 1);
  return found;
}

/** Create a button for each value of `by`; calls `highlight(value)` with the selected one, or null. */
export function legend(map, by, highlight) {
  const buttons = [];
  const points = counts(map, by);
  const entry = (value, name) => {
    if (!points.get(value)) return null;
    const dot = el("i", { class: value < 0 ? "topic-none" : `topic-${value % COLOURS}` });
    const button = el("button", { type: "button", "aria-pressed": "false" }, dot, el("bdi", {}, name), el("small", {}, number(points.get(value))));
    button.addEventListener("click", () => {
      const on = button.getAttribute("aria-pressed") !== "true";
      for (const other of buttons) other.setAttribute("aria-pressed", String(other === button && on));
      highlight(on ? value : null);
    });
    buttons.push(button);
    return el("li", {}, button);
  };
  return [...valuesOf(map, by).map((name, value) => entry(value, name)), entry(-1, t("map.others"))].filter(Boolean);
}

const button = (choose, { id, title }) => el("button", { type: "button", class: "title", dir: "auto", onclick: () => choose(id) }, title);

/** Describe the map in words: its subjects with articles that stand for them, and how close the related articles are. */
export function inWords(map, answer, choose) {
  const told = [el("p", {}, t("map.count", { shown: map.points.length, count: map.articles }))];
  if (map.clusters.length > 1) {
    const subjects = map.clusters.map((cluster) =>
      el("li", {}, pieces("map.subject", {
        subject: el("strong", { dir: "auto" }, nameOf(cluster)),
        count: cluster.articles,
        examples: el("ul", {}, cluster.examples.map((each) => el("li", {}, button(choose, each)))),
      })),
    );
    told.push(el("p", {}, t("map.subjects")), el("ul", {}, subjects));
  }
  const asked = answer && map.points.find((point) => point.id === answer.article.id);
  if (!asked) return told;
  const away = (point) => Math.hypot(point.x - asked.x, point.y - asked.y);
  const nearest = [...map.points].sort((one, other) => away(one) - away(other)).map((point) => point.id);
  const rank = new Map(nearest.filter((id) => id !== asked.id).map((id, at) => [id, at + 1]));
  const items = answer.related.map((item) => {
    const place = rank.get(item.id);
    const where = ` – ${place === 1 ? t("map.closest") : t("map.place", { place })}`;
    return el("li", {}, button(choose, item), place ? where : "");
  });
  return [...told, el("p", {}, t("map.marked")), el("ol", {}, items)];
}
