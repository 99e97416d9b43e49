// Rendering of an answer: cards of related articles, the list of candidates, problems.

import { browseAddress } from "./browse.js";
import { byline, el, link, score } from "./dom.js";
import { highlight, isTerm } from "./highlight.js";
import { WEIGHTS } from "./options.js";
import { fixed, named, pieces, said, t } from "./texts.js";

const SHOWN_CONTRIBUTIONS = 6;
const TOPIC = "topic ";

/** Return the terms of a candidate's score: parts, or what moves a learned one most. */
function termsOf(candidate) {
  if (!candidate.contributions) return candidate.parts;
  const sorted = Object.entries(candidate.contributions).sort(([, one], [, other]) => Math.abs(other) - Math.abs(one));
  return Object.fromEntries(sorted.slice(0, SHOWN_CONTRIBUTIONS));
}

/** Return the longest bar of an answer; all cards share this scale. */
function longest(answer) {
  const shown = new Set(answer.related.map((item) => item.id));
  const parts = (answer.considered ?? []).filter((each) => shown.has(each.id)).flatMap((each) => Object.values(termsOf(each)));
  return Math.max(0.01, ...parts.map(Math.abs));
}

function bars(parts, most) {
  const isLearned = !("closeness" in parts);
  const names = isLearned ? Object.keys(parts) : Object.keys(parts).sort((one, other) => WEIGHTS.indexOf(one) - WEIGHTS.indexOf(other));
  const rows = names.map((name) => {
    const value = parts[name];
    const bar = el("span", { class: `bar part-${name}${value < 0 ? " loses" : ""}`, "aria-hidden": true });
    bar.style.width = `${(100 * Math.abs(value)) / most}%`;
    return [el("dt", {}, named(isLearned ? "feature" : "part", name)), el("dd", {}, el("span", { class: "track" }, bar), el("span", { class: "value" }, fixed(value, 2)))];
  });
  return el("dl", { class: "parts", "aria-label": t(isLearned ? "card.odds" : "card.parts") }, rows);
}

function copies(duplicates) {
  if (!duplicates.length) return null;
  const items = duplicates.map((copy) => el("li", { dir: "auto" }, link(copy.webUrl, copy.title)));
  return el("details", { class: "copies" }, el("summary", {}, t("card.copies", { count: duplicates.length })), el("ul", {}, items));
}

const MEANINGS = { default: "score.default", learned: "score.learned" };

/** The least score of each strength. */
const STRENGTHS = {
  default: [[0.99, "strength.very-close"], [0.97, "strength.close"], [0.9, "strength.related"], [0, "strength.distant"]],
  learned: [[0.8, "strength.very-likely"], [0.5, "strength.likely"], [0.2, "strength.possible"], [0, "strength.unlikely"]],
};

/** A score in a word. */
function inWords(value, scorer) {
  const steps = STRENGTHS[scorer];
  return steps ? t(steps.find(([least]) => value >= least)[1]) : "";
}

/** A reason that is no term of both texts, such as a shared topic. */
const remark = (reason) => (reason.startsWith(TOPIC) ? pieces("card.topic", { topic: el("bdi", {}, reason.slice(TOPIC.length)) }) : said(reason));

function card(item, parts, most, choose, scorer, tools) {
  const reasons = item.reasons.map((reason) => (isTerm(reason) ? el("li", { class: "term", dir: "auto" }, reason) : el("li", { class: "remark" }, remark(reason))));
  const follow = el("button", { type: "button", class: "quiet", onclick: () => choose(item.id) }, t("card.follow"), el("span", { class: "unseen" }, ` ${item.title}`));
  const text = el(
    "div",
    { class: "told" },
    el("h3", { dir: "auto" }, link(item.webUrl, highlight(item.title, item.reasons))),
    byline(item),
    item.excerpt ? el("p", { class: "excerpt", dir: "auto" }, highlight(item.excerpt, item.reasons)) : null,
    reasons.length ? el("ul", { class: "reasons", "aria-label": t("card.reasons") }, reasons) : null,
    copies(item.duplicates),
    tools,
    follow,
  );
  const number = el("p", { class: "score", title: t(MEANINGS[scorer] ?? "score") }, el("span", { class: "unseen" }, `${t("score")} `), score(item.score));
  const strength = el("p", { class: "strength" }, inWords(item.score, scorer));
  const pinned = item.pinned ? el("p", { class: "pinned" }, t("card.pinned")) : null;
  const made = el("div", { class: "made" }, pinned, number, strength, parts ? bars(parts, most) : null);
  return el("li", { class: "card", "data-id": item.id }, text, made);
}

/** Render the list of cards; `tools(item, place)` gives each its buttons, where the list is edited. */
export function cards(answer, choose, tools = null) {
  const parts = new Map((answer.considered ?? []).map((each) => [each.id, termsOf(each)]));
  const most = longest(answer);
  return el("ol", { class: "cards" }, answer.related.map((item, place) => card(item, parts.get(item.id), most, choose, answer.scorer, tools?.(item, place))));
}

/** Render an empty list: the reason and the best candidate. */
export function nothing(answer, lower) {
  const nearest = (answer.considered ?? []).find((each) => each.fate.startsWith("under the minimum"));
  const first = nearest ?? answer.considered?.[0];
  const told = [el("h3", {}, t("nothing"))];
  if (first) {
    told.push(el("p", {}, pieces("nothing.best", { title: el("q", { dir: "auto" }, first.title), score: score(first.score), fate: said(first.fate) })));
  } else {
    told.push(el("p", {}, t("nothing.at-all")));
  }
  told.push(el("p", { class: "faint" }, t("nothing.better")));
  if (nearest) told.push(el("button", { type: "button", onclick: () => lower(nearest.score) }, t("nothing.show")));
  return el("div", { class: "nothing" }, told);
}

/** Render all candidates and their outcomes when opened. */
export function candidates(answer, choose) {
  const considered = answer.considered ?? [];
  const table = el("details", { class: "candidates" }, el("summary", {}, t("candidates", { count: considered.length })));
  table.addEventListener("toggle", () => table.querySelector("table") ?? table.append(rows(considered, choose)), { once: true });
  return considered.length ? table : null;
}

function rows(considered, choose) {
  const names = Object.keys(considered[0].parts).sort((one, other) => WEIGHTS.indexOf(one) - WEIGHTS.indexOf(other));
  const head = [t("candidates.title"), t("score"), t("candidates.outcome"), ...names.map((name) => named("part", name))];
  const body = considered.map((each) => {
    const title = el("button", { type: "button", class: "title", dir: "auto", onclick: () => choose(each.id) }, each.title);
    const numbers = names.map((name) => el("td", { class: "number" }, fixed(each.parts[name], 2)));
    const fate = el("td", { class: each.fate === "shown" || each.fate === "pinned" ? "fate shown" : "fate" }, said(each.fate));
    return el("tr", {}, el("th", { scope: "row" }, title), el("td", { class: "number" }, score(each.score)), fate, numbers);
  });
  const table = el(
    "table",
    {},
    el("thead", {}, el("tr", {}, head.map((name) => el("th", { scope: "col" }, name)))),
    el("tbody", {}, body),
  );
  return el("div", { class: "wide", tabindex: "0", role: "region", "aria-label": t("candidates.all") }, table);
}

/** Render the query article. */
export function heading(article, answer, choose) {
  const topics = (article.topics ?? []).map((topic) => el("li", {}, el("a", { href: browseAddress({ topic }), dir: "auto" }, topic)));
  const also = answer.duplicates.map((copy) => el("li", {}, el("button", { type: "button", class: "title", dir: "auto", onclick: () => choose(copy.id) }, copy.title)));
  return [
    el("p", { class: "eyebrow" }, t(article.id ? "article.eyebrow" : "article.draft")),
    el("h2", { tabindex: "-1", dir: "auto" }, link(article.webUrl, article.title)),
    byline(article),
    article.excerpt ? el("p", { class: "standfirst", dir: "auto" }, article.excerpt) : null,
    topics.length ? el("ul", { class: "topics", "aria-label": t("topics") }, topics) : null,
    also.length ? el("div", { class: "also" }, el("p", {}, t("article.copies")), el("ul", {}, also)) : null,
    ...(answer.notes ?? []).map((note) => el("p", { class: "note", lang: "en" }, note)),
  ].filter(Boolean);
}

/** Render a problem document, with a button where it may help to try again. */
export function problem(told, retry = null) {
  // What the service says is in English; what this page says of it is not.
  const lang = told.status ? "en" : null;
  const line = (name, text) => (text ? [el("dt", {}, t(name)), el("dd", { lang: name === "problem.hint" && told.mayRetry ? null : lang }, text)] : []);
  return el(
    "div",
    { class: "problem", role: "alert" },
    el("h2", { lang }, told.title),
    told.detail ? el("p", { lang }, told.detail) : null,
    el("dl", {}, line("problem.expected", told.expected), line("problem.hint", told.hint), line("problem.request", told.requestId)),
    retry && told.mayRetry ? el("button", { type: "button", onclick: retry }, t("problem.again")) : null,
  );
}
