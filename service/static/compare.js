// Comparison of two lists of one article: new, moved and removed items.

import { byline, el, link, score } from "./dom.js";
import { number, t } from "./texts.js";

function mark(place, before, isOld, [old, now]) {
  if (before < 0) return isOld ? ["left", t("compare.left"), t("compare.not-in", { list: now })] : ["came", t("compare.new"), t("compare.not-in", { list: old })];
  const moved = before - place;
  if (!moved || isOld) return ["same", "", ""];
  return moved > 0 ? ["up", `↑${number(moved)}`, t("compare.up", { places: moved })] : ["down", `↓${number(-moved)}`, t("compare.down", { places: -moved })];
}

/** Render a list beside another one; `names` are what the old and the present one are called. */
export function pairs(answer, other, isOld, names = ["A", "B"]) {
  const places = other.related.map((item) => item.id);
  const items = answer.related.map((item, place) => {
    const [kind, sign, said] = mark(place, places.indexOf(item.id), isOld, names);
    const badge = sign ? el("span", { class: "move" }, el("span", { "aria-hidden": true }, sign), el("span", { class: "unseen" }, said)) : null;
    const text = el("div", {}, el("h4", { dir: "auto" }, link(item.webUrl, item.title)), byline(item));
    const scored = item.score === undefined ? null : score(item.score);
    return el("li", { class: `pair ${kind}`, "data-id": item.id }, text, el("p", { class: "score" }, badge, scored));
  });
  return items.length ? el("ol", { class: "pairs" }, items) : null;
}

const list = (answer, other, isOld) => pairs(answer, other, isOld) ?? el("p", { class: "faint" }, t("compare.nothing"));

/** Describe the differences of two lists in words. */
export function difference(before, after) {
  const old = before.related.map((item) => item.id);
  const now = after.related.map((item) => item.id);
  const came = now.filter((id) => !old.includes(id)).length;
  const left = old.filter((id) => !now.includes(id)).length;
  const moved = now.filter((id, place) => old.includes(id) && old.indexOf(id) !== place).length;
  const told = { came, left, moved };
  const differing = Object.keys(told).filter((name) => told[name]);
  return differing.map((name) => t(`difference.${name}`, { count: told[name] })).join(", ") || t("difference.none");
}

/** Render the kept list A beside the list B of now. */
export function compare(before, after, said) {
  const column = (letter, name, settings, body) => {
    const head = el("h3", {}, el("span", { class: "letter" }, letter), ` ${name}`);
    return el("section", { "aria-label": t("compare.list", { letter }) }, head, el("p", { class: "faint" }, settings || t("compare.defaults")), body);
  };
  const pinned = column("A", t("compare.kept"), said.a, list(before, after, true));
  const present = column("B", t("compare.now"), said.b, list(after, before, false));
  return el("div", { class: "compare" }, pinned, present);
}
