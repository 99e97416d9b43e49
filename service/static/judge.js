// The judging page: one query article and its candidates; each grade is saved at once.

import { Problem, addQuery, readPool, readProgress, readQrels } from "./api.js";
import { problem } from "./cards.js";
import { arrived, byId, byline, el, link } from "./dom.js";
import { askForKey, onKey, takeKey } from "./key.js";
import { saver } from "./saving.js";
import { fixed, pieces, t } from "./texts.js";

const NOT_READY_MS = 1000;
const CHOICES = [[0, "0"], [1, "1"], [2, "2"], ["unsure", "d"], ["skip", "s"]];

let queries = []; // { id, title, graded, unsure, skipped, pool }; pool is null until it is known
let judge = "";
let judgements = 0;
let query = null; // id of the query article shown
let items = []; // its candidates
let current = 0; // index of the selected candidate
let nodes = [];
let asked = 0;

const queue = saver({ saved, failed });
const isJudged = (item) => item.grade !== null;
const isDone = (each) => each.pool !== null && each.graded + each.unsure + each.skipped >= each.pool;

function tell(error) {
  const isProblem = error instanceof Problem;
  arrived();
  if (isProblem && error.told.status === 401 && byId("key").hidden) askForKey();
  byId("problem").replaceChildren(problem(isProblem ? error.told : { title: t("problem.page"), detail: error.message }));
  if (!isProblem) throw error;
}

function say(text, kind = "") {
  byId("saved").textContent = text;
  byId("saved").className = `saved ${kind}`;
}

function nameOf(each, place) {
  const state = isDone(each) ? " ✓" : each.graded ? ` (${t("judge.of", { number: each.graded, all: each.pool })})` : "";
  return `${t("judge.of", { number: place + 1, all: queries.length })}${state} · ${each.title}`;
}

function tellProgress() {
  const done = t("judge.done", { done: queries.filter(isDone).length, count: queries.length });
  byId("progress").textContent = `${judge && `${judge} · `}${done}, ${t("judge.judgements", { count: judgements })}`;
  const { graded, unsure, skipped } = tally();
  byId("count").textContent = [t("judge.graded", { number: graded, all: items.length }), unsure && t("judge.unsure", { number: unsure }), skipped && t("judge.skipped", { number: skipped })].filter(Boolean).join(", ");
  const place = queries.findIndex((each) => each.id === query);
  if (place >= 0) byId("jump").options[place].textContent = nameOf(queries[place], place);
  tellDone(items.every(isJudged));
}

const tally = () => ({
  graded: items.filter((item) => typeof item.grade === "number").length,
  unsure: items.filter((item) => item.grade === "unsure").length,
  skipped: items.filter((item) => item.grade === "skip").length,
});

function tellDone(isAll) {
  const left = unfinishedAfter(query);
  byId("done").hidden = !isAll;
  byId("go-on").hidden = left === null;
  byId("go-on").textContent = t("judge.go-on");
  const what = t(items.length ? "judge.list-done" : "judge.no-candidates");
  byId("done-text").textContent = left === null ? `${what} ${t("judge.all-done")}` : what;
}

/** Show how well judges agree, once this one has been through all articles. */
function tellAgreement(told) {
  if (!told) return byId("agreement").replaceChildren();
  const rounded = (number) => fixed(number, 2);
  const [low, high] = told.interval?.map(rounded) ?? [];
  const alpha = told.alpha === null ? t("agreement.undefined") : t("agreement.alpha", { alpha: rounded(told.alpha) });
  const interval = told.interval ? ` (${t("agreement.interval", { low, high })})` : "";
  const pairs = told.differing.map((each) =>
    el("li", {}, el("span", { class: "given" }, each.grades.join(" ")), el("span", {}, pieces("agreement.pair", { title: el("bdi", {}, each.title), query: el("button", { type: "button", class: "quiet", dir: "auto", onclick: () => show(each.query) }, each.queryTitle) }))),
  );
  byId("agreement").replaceChildren(
    el("h2", {}, t("agreement")),
    el("p", {}, `${alpha}${interval}, ${t("agreement.pairs", { count: told.pairs, judges: told.judges })} ${t("agreement.meaning", { enough: fixed(0.8, 1) })}`),
    pairs.length ? el("h3", {}, t("agreement.differ")) : "",
    el("ul", { class: "differing" }, pairs),
  );
}

/** Return the next article that is not completely judged, wrapping around; null if there is none. */
function unfinishedAfter(id) {
  const place = queries.findIndex((each) => each.id === id);
  const order = [...queries.slice(place + 1), ...queries.slice(0, Math.max(place, 0))];
  return order.find((each) => !isDone(each))?.id ?? null;
}

async function show(id) {
  const asking = ++asked;
  try {
    const told = await readPool(id);
    if (asking !== asked) return;
    byId("problem").replaceChildren();
    query = id;
    // Unsaved grades are newer than those of the service.
    items = told.items.map((item) => {
      const grade = queue.waits(id, item.id);
      return grade === undefined ? item : { ...item, grade, unsaved: true };
    });
    byId("article").replaceChildren(...describe(told.article));
    nodes = items.map(draw);
    byId("items").replaceChildren(...nodes);
    arrived();
    byId("main").hidden = false;
    count();
    byId("jump").value = id;
    document.title = t("judge.page-of", { title: told.article.title });
    scrollTo({ top: 0, behavior: "instant" });
    const first = items.findIndex((item) => !isJudged(item));
    if (items.length) mark(Math.max(first, 0), { scroll: first > 0 });
    else byId("question").focus({ preventScroll: true });
  } catch (error) {
    tell(error);
  }
}

/** Update the progress of the list shown, including unsaved grades. */
function count() {
  const entry = queries.find((each) => each.id === query);
  if (entry) Object.assign(entry, { ...tally(), pool: items.length });
  tellProgress();
}

function describe(article) {
  return [
    el("p", { class: "eyebrow" }, t("judge.eyebrow")),
    el("h2", { dir: "auto" }, link(article.webUrl, article.title, { target: "_blank" })),
    byline(article),
    article.excerpt ? el("p", { class: "standfirst", dir: "auto" }, article.excerpt) : null,
    article.lead ? el("p", { class: "lead", dir: "auto" }, article.lead) : null,
  ].filter(Boolean);
}

function draw(item, place) {
  const choices = CHOICES.map(([grade, key]) =>
    el("button", { type: "button", class: "grade", "data-grade": grade, onclick: () => give(place, grade) }, el("kbd", {}, key), ` ${t(`grade.${grade}`)}`),
  );
  const back = el("button", { type: "button", class: "quiet back", onclick: () => give(place, null) }, t("undo"));
  const node = el(
    "li",
    { class: "item", tabindex: "-1", "data-id": item.id, onclick: () => place !== current && mark(place, { focus: false }) },
    el("h3", { dir: "auto" }, link(item.webUrl, item.title, { target: "_blank" })),
    byline(item),
    item.excerpt || item.lead ? el("p", { class: "excerpt", dir: "auto" }, item.excerpt ?? item.lead) : null,
    el("div", { class: "grades", role: "group", "aria-label": t("judge.grade-of", { title: item.title }) }, choices, back),
    el("p", { class: "unsaved", hidden: true }, t("judge.unsaved")),
  );
  drawGrade(node, item);
  return node;
}

function drawGrade(node, item) {
  for (const button of node.querySelectorAll(".grade")) {
    button.setAttribute("aria-pressed", String(button.dataset.grade === String(item.grade)));
  }
  node.classList.toggle("graded", isJudged(item));
  node.querySelector(".back").hidden = !isJudged(item);
  node.querySelector(".unsaved").hidden = !item.unsaved;
}

function mark(place, { focus = true, scroll = true } = {}) {
  current = Math.min(Math.max(place, 0), items.length - 1);
  nodes.forEach((node, at) => (at === current ? node.setAttribute("aria-current", "true") : node.removeAttribute("aria-current")));
  const node = nodes[current];
  if (!node || !focus) return;
  node.focus({ preventScroll: true });
  if (scroll) node.scrollIntoView({ block: "nearest" });
}

function give(place, grade) {
  const item = items[place];
  if (!item || (grade === null && !isJudged(item))) return;
  item.grade = grade;
  item.unsaved = false;
  drawGrade(nodes[place], item);
  say(t("saving"));
  queue.save(query, item.id, grade);
  count();
  if (grade === null) return mark(place);
  const order = [...items.keys()];
  const next = [...order.slice(place + 1), ...order.slice(0, place)].find((each) => !isJudged(items[each]));
  if (next !== undefined) return mark(next);
  mark(place);
  (byId("go-on").hidden ? byId("done") : byId("go-on")).scrollIntoView({ block: "nearest" });
  if (!byId("go-on").hidden) byId("go-on").focus({ preventScroll: true });
}

function note(entry, unsaved) {
  const place = entry.query === query ? items.findIndex((item) => item.id === entry.article) : -1;
  if (place < 0) return;
  items[place].unsaved = unsaved;
  drawGrade(nodes[place], items[place]);
}

function saved(entry, told) {
  judgements = told.judgements;
  if (queue.waits(entry.query, entry.article) === undefined) note(entry, false);
  if (!queue.count()) say(t(entry.grade === "skip" ? "judge.skipped-now" : "judge.saved-now"), "good");
  byId("problem").replaceChildren();
  tellProgress();
  if (queue.count()) return;
  if (queries.every(isDone)) readProgress().then(({ agreement }) => tellAgreement(agreement), tell);
  else tellAgreement(null);
}

function failed(error, entry, isFinal) {
  if (error instanceof Problem && error.told.status === 401 && byId("key").hidden) askForKey();
  note(entry, true);
  const told = error instanceof Problem ? error.told : { title: error.message };
  const what = [told.title, told.detail].filter(Boolean).join(": ");
  say(`${t(isFinal ? "judge.failed" : "judge.retrying")} ${what}`, "wrong");
}

function step(by) {
  const place = queries.findIndex((each) => each.id === query) + by;
  if (queries[place]) show(queries[place].id);
}

const KEYS = {
  0: () => give(current, 0),
  1: () => give(current, 1),
  2: () => give(current, 2),
  d: () => give(current, "unsure"),
  s: () => give(current, "skip"),
  u: () => give(current, null),
  j: () => mark(current + 1),
  k: () => mark(current - 1),
  ArrowDown: () => mark(current + 1),
  ArrowUp: () => mark(current - 1),
  n: () => step(1),
  p: () => step(-1),
  "?": () => byId("keys").showModal(),
};

document.addEventListener("keydown", (event) => {
  const isTyping = event.target.closest?.("input, select, textarea, dialog");
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || isTyping || byId("main").hidden) return;
  const act = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (!act) return;
  event.preventDefault();
  // A grade key that is held down grades one candidate only.
  if (!event.repeat || /^(j|k|Arrow.*)$/.test(event.key)) act();
});

byId("previous").addEventListener("click", () => step(-1));
byId("next").addEventListener("click", () => step(1));
byId("jump").addEventListener("change", () => show(byId("jump").value));
byId("go-on").addEventListener("click", () => show(unfinishedAfter(query)));
byId("show-keys").addEventListener("click", () => byId("keys").showModal());
byId("close-keys").addEventListener("click", () => byId("keys").close());
byId("download").addEventListener("click", async () => {
  try {
    const url = URL.createObjectURL(new Blob([await readQrels()], { type: "text/plain" }));
    el("a", { href: url, download: "qrels.txt" }).click();
    URL.revokeObjectURL(url);
  } catch (error) {
    tell(error);
  }
});
onKey(() => begin());

/** Return the article that the address names, out of which it is taken: a reload goes on with what is not judged. */
function takeArticle() {
  const id = new URLSearchParams(location.search).get("id");
  if (id) history.replaceState(null, "", location.pathname);
  return id;
}

/** Add the article that the address names to the session; returns the progress, or null if it cannot be added. */
async function add(id) {
  return addQuery(id).catch((error) => {
    if (!(error instanceof Problem) || [401, 503].includes(error.told.status)) throw error;
    wanted = null;
    say(t("judge.cannot", { why: error.told.detail ?? error.told.title }), "wrong");
    return null;
  });
}

addEventListener("hashchange", () => takeKey() && begin());

async function begin() {
  try {
    let told = await readProgress();
    if (wanted && !told.queries.some((each) => each.id === wanted)) told = (await add(wanted)) ?? told;
    ({ queries, judge, judgements } = told);
    tellAgreement(told.agreement);
    byId("problem").replaceChildren();
    byId("jump").replaceChildren(...queries.map((each, place) => el("option", { value: each.id }, nameOf(each, place))));
    byId("jump").value = query ?? "";
    queue.flush();
    if (query !== null) return tellProgress();
    const first = wanted ?? unfinishedAfter(null) ?? queries[0]?.id;
    if (first) return await show(first);
    arrived();
    byId("problem").replaceChildren(problem({ title: t("judge.nothing"), detail: t("judge.none-stored") }));
  } catch (error) {
    tell(error);
    if (error.told.status === 503) setTimeout(begin, NOT_READY_MS);
  }
}

takeKey();
let wanted = takeArticle();
begin();
