// Rendering of an answer: cards of related articles, the list of candidates, problems.

import { browseAddress } from "./browse.js";
import { byline, el, link, score } from "./dom.js";
import { highlight, isTerm } from "./highlight.js";
import { FEATURE_NAMES, PART_NAMES, WEIGHTS } from "./options.js";

const SHOWN_CONTRIBUTIONS = 6;

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
    const number = `${value < 0 ? "−" : ""}${Math.abs(value).toFixed(2)}`;
    return [el("dt", {}, (isLearned ? FEATURE_NAMES : PART_NAMES)[name] ?? name), el("dd", {}, el("span", { class: "track" }, bar), el("span", { class: "value" }, number))];
  });
  return el("dl", { class: "parts", "aria-label": isLearned ? "What moves the odds" : "Parts of the score" }, rows);
}

function copies(duplicates) {
  if (!duplicates.length) return null;
  const items = duplicates.map((copy) => el("li", {}, link(copy.webUrl, copy.title)));
  const count = duplicates.length === 1 ? "1 copy" : `${duplicates.length} copies`;
  return el("details", { class: "copies" }, el("summary", {}, `${count} of the same story`), el("ul", {}, items));
}

const MEANINGS = {
  default: "Score: the share of random pairs of articles that are less related",
  learned: "Score: the probability that an editor would call it related",
};

const STRENGTHS = {
  default: [[0.99, "very close"], [0.97, "close"], [0.9, "related"], [0, "distant"]],
  learned: [[0.8, "very likely"], [0.5, "likely"], [0.2, "possible"], [0, "unlikely"]],
};

/** A score in a word. */
function inWords(value, scorer) {
  const steps = STRENGTHS[scorer];
  return steps ? steps.find(([least]) => value >= least)[1] : "";
}

function card(item, parts, most, choose, scorer, tools) {
  const reasons = item.reasons.map((reason) => el("li", { class: isTerm(reason) ? "term" : "remark" }, reason));
  const follow = el("button", { type: "button", class: "quiet", onclick: () => choose(item.id) }, "What is related to this?", el("span", { class: "unseen" }, ` ${item.title}`));
  const text = el(
    "div",
    { class: "told" },
    el("h3", {}, link(item.webUrl, highlight(item.title, item.reasons))),
    byline(item),
    item.excerpt ? el("p", { class: "excerpt" }, highlight(item.excerpt, item.reasons)) : null,
    reasons.length ? el("ul", { class: "reasons", "aria-label": "Reasons" }, reasons) : null,
    copies(item.duplicates),
    tools,
    follow,
  );
  const number = el("p", { class: "score", title: MEANINGS[scorer] ?? "Score" }, el("span", { class: "unseen" }, "Score "), score(item.score));
  const strength = el("p", { class: "strength" }, inWords(item.score, scorer));
  const pinned = item.pinned ? el("p", { class: "pinned" }, "pinned by an editor") : null;
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
  const told = [el("h3", {}, "Nothing here is related enough.")];
  if (first) {
    told.push(el("p", {}, "The best candidate is ", el("q", {}, first.title), ` with ${score(first.score)}: ${first.fate}.`));
  } else {
    told.push(el("p", {}, "No article of the collection has anything in common with this one, or none is in the date range."));
  }
  told.push(el("p", { class: "faint" }, "An empty list is better for readers than unrelated articles."));
  if (nearest) told.push(el("button", { type: "button", onclick: () => lower(nearest.score) }, "Show it anyway"));
  return el("div", { class: "nothing" }, told);
}

/** Render all candidates and their outcomes when opened. */
export function candidates(answer, choose) {
  const considered = answer.considered ?? [];
  const table = el("details", { class: "candidates" }, el("summary", {}, `All ${considered.length} candidates and their outcomes`));
  table.addEventListener("toggle", () => table.querySelector("table") ?? table.append(rows(considered, choose)), { once: true });
  return considered.length ? table : null;
}

function rows(considered, choose) {
  const names = Object.keys(considered[0].parts).sort((one, other) => WEIGHTS.indexOf(one) - WEIGHTS.indexOf(other));
  const head = ["Title", "Score", "Outcome", ...names.map((name) => PART_NAMES[name] ?? name)];
  const body = considered.map((each) => {
    const title = el("button", { type: "button", class: "title", onclick: () => choose(each.id) }, each.title);
    const numbers = names.map((name) => el("td", { class: "number" }, each.parts[name].toFixed(2).replace("-", "−")));
    const fate = el("td", { class: each.fate === "shown" || each.fate === "pinned" ? "fate shown" : "fate" }, each.fate);
    return el("tr", {}, el("th", { scope: "row" }, title), el("td", { class: "number" }, score(each.score)), fate, numbers);
  });
  const table = el(
    "table",
    {},
    el("thead", {}, el("tr", {}, head.map((name) => el("th", { scope: "col" }, name)))),
    el("tbody", {}, body),
  );
  return el("div", { class: "wide", tabindex: "0", role: "region", "aria-label": "All candidates" }, table);
}

/** Render the query article. */
export function heading(article, answer, choose) {
  const topics = (article.topics ?? []).map((topic) => el("li", {}, el("a", { href: browseAddress({ topic }) }, topic)));
  const also = answer.duplicates.map((copy) => el("li", {}, el("button", { type: "button", class: "title", onclick: () => choose(copy.id) }, copy.title)));
  return [
    el("p", { class: "eyebrow" }, article.id ? "Related to" : "Related to your draft"),
    el("h2", { tabindex: "-1" }, link(article.webUrl, article.title)),
    byline(article),
    article.excerpt ? el("p", { class: "standfirst" }, article.excerpt) : null,
    topics.length ? el("ul", { class: "topics", "aria-label": "Topics" }, topics) : null,
    also.length ? el("div", { class: "also" }, el("p", {}, "Copies of this story"), el("ul", {}, also)) : null,
    ...(answer.notes ?? []).map((note) => el("p", { class: "note" }, note)),
  ].filter(Boolean);
}

/** Render a problem document, with a button where it may help to try again. */
export function problem(told, retry = null) {
  const line = (name, text) => (text ? [el("dt", {}, name), el("dd", {}, text)] : []);
  return el(
    "div",
    { class: "problem", role: "alert" },
    el("h2", {}, told.title),
    told.detail ? el("p", {}, told.detail) : null,
    el("dl", {}, line("Expected", told.expected), line("Hint", told.hint), line("Request", told.requestId)),
    retry && told.mayRetry ? el("button", { type: "button", onclick: retry }, "Try again") : null,
  );
}
