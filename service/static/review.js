// The review page: planned lists beside those in the files; each decision is saved at once, and writing is one button.

import { Problem, readChanges, readReview, readWhy, decide, decideAll, writeAccepted } from "./api.js";
import { problem } from "./cards.js";
import { arrived, byId, el, link } from "./dom.js";
import { askForKey, onKey, takeKey } from "./key.js";
import { fixed, named, number, said, t } from "./texts.js";

const PAGE = 20;
const STATES = ["open", "accept", "reject"];

let progress = null;
let shown = { state: "open", kind: null };
let changes = []; // { path, kind, article, before, after, decision }
let nodes = [];
let current = 0;
let asked = 0;

const kindOf = (kind) => named("review.kind", kind);
const sum = (state) => progress.kinds.reduce((all, each) => all + each[state], 0);
const say = (text) => (byId("said").textContent = text);

function tell(error) {
  const isProblem = error instanceof Problem;
  arrived();
  if (isProblem && error.told.status === 401) {
    askForKey();
  }
  byId("problem").replaceChildren(problem(isProblem ? error.told : { title: t("problem.page"), detail: error.message }));
  say("");
  if (!isProblem) throw error;
}

function tellProgress(told) {
  progress = told;
  const [open, accepted, rejected] = STATES.map(sum);
  byId("title").textContent = t("review.of", { site: told.site });
  byId("progress").textContent = [t("review.open", { count: open }), t("review.accepted", { number: accepted }), t("review.rejected", { number: rejected })].join(", ");
  byId("write").disabled = !accepted;
  byId("write").textContent = accepted ? t("review.write-files", { count: accepted }) : t("review.write");
  const choice = (pressed, text, onclick) => el("button", { type: "button", "aria-pressed": String(pressed), onclick }, text);
  byId("states").replaceChildren(...STATES.map((state) => choice(shown.state === state, `${t(`review.state.${state}`)} ${number(sum(state))}`, () => filter({ state }))));
  const kinds = told.kinds.filter((each) => each[shown.state]);
  byId("kinds").replaceChildren(...(kinds.length > 1 || shown.kind ? [choice(!shown.kind, t("review.all-kinds"), () => filter({ kind: null })), ...kinds.map((each) => choice(shown.kind === each.kind, `${kindOf(each.kind)} ${number(each[shown.state])}`, () => filter({ kind: each.kind })))] : []));
  const open_ = shown.kind ? told.kinds.find((each) => each.kind === shown.kind)?.open : open;
  const all = shown.state === "open" && open_ ? [el("button", { type: "button", onclick: acceptAll }, t(shown.kind ? "review.accept-kind" : "review.accept-all", { count: open_ }))] : [];
  byId("all").replaceChildren(...all);
}

const keyOf = (entry) => entry.webUrl || entry.id || entry.title;

function lists(change) {
  const [old, now] = [new Set(change.before.map(keyOf)), new Set(change.after.map(keyOf))];
  const isNew = (entry) => !old.has(keyOf(entry)) && !change.before.some((each) => each.id && each.id === entry.id);
  const isGone = (entry) => !now.has(keyOf(entry)) && !change.after.some((each) => each.id === entry.id);
  const side = (name, entries, mark, kind) => {
    const items = entries.map((entry) => el("li", { class: mark(entry) ? kind : null, "data-id": entry.id ?? null }, link(entry.webUrl, entry.title ?? entry.webUrl ?? entry.id, { target: "_blank", dir: "auto" }), mark(entry) ? el("small", {}, ` ${t(`review.${kind}`)}`) : null));
    return el("section", {}, el("h3", {}, name), items.length ? el("ol", {}, items) : el("p", { class: "faint" }, t("review.nothing")));
  };
  return el("div", { class: "sides" }, side(t("review.before"), change.before, isGone, "goes"), side(t("review.after"), change.after, isNew, "new"));
}

async function explain(change, node) {
  try {
    const told = await readWhy(change.path);
    for (const item of told.items) {
      const line = node.querySelector(`section:last-child [data-id="${CSS.escape(item.id)}"]`);
      line?.append(el("p", { class: "why" }, fixed(item.score, 4), " · ", item.reasons.length ? item.reasons.flatMap((reason, at) => [at ? " · " : "", el("bdi", {}, said(reason))]) : t("review.no-reason")));
    }
  } catch (error) {
    tell(error);
  }
}

function draw(change, place) {
  const act = (name, decision, key) => el("button", { type: "button", "aria-pressed": String(change.decision === decision), "aria-keyshortcuts": key, "aria-label": `${name}: ${change.article.title}`, onclick: () => give(place, change.decision === decision ? null : decision) }, name);
  const why = el("button", { type: "button", class: "quiet", "aria-label": `${t("review.why")} ${change.article.title}`, onclick: (event) => { event.target.remove(); explain(change, node); } }, t("review.why"));
  const steer = el("a", { href: `/?${new URLSearchParams({ id: change.article.id, edit: "" })}` }, t("review.steer"));
  const node = el(
    "li",
    { class: `change ${change.decision ?? "open"}`, tabindex: "-1", "data-path": change.path, onfocusin: () => mark(place, false) },
    el("p", { class: "eyebrow" }, kindOf(change.kind)),
    el("h2", { dir: "auto" }, link(change.article.webUrl, change.article.title, { target: "_blank" })),
    el("p", { class: "path" }, el("bdi", { dir: "ltr" }, change.path)),
    lists(change),
    el("div", { class: "buttons", role: "group", "aria-label": t("review.decide", { title: change.article.title }) }, act(t("review.accept"), "accept", "a"), act(t("review.reject"), "reject", "r"), change.after.length ? why : null, steer),
  );
  return node;
}

function mark(place, focus = true) {
  if (!nodes.length) return;
  current = Math.min(Math.max(place, 0), nodes.length - 1);
  nodes.forEach((node, at) => (at === current ? node.setAttribute("aria-current", "true") : node.removeAttribute("aria-current")));
  if (!focus) return;
  nodes[current].focus({ preventScroll: true });
  nodes[current].scrollIntoView({ block: "nearest" });
}

async function give(place, decision) {
  const change = changes[place];
  if (!change || change.decision === decision) return;
  say(t("saving"));
  try {
    const told = await decide(change.path, decision);
    change.decision = told.decision;
    const node = draw(change, place);
    nodes[place].replaceWith(node);
    nodes[place] = node;
    byId("problem").replaceChildren();
    tellProgress(told);
    say(t(`review.said.${decision ?? "open"}`));
    mark(decision ? place + 1 : place);
  } catch (error) {
    tell(error);
  }
}

async function acceptAll() {
  try {
    tellProgress(await decideAll("accept", shown.kind));
    say(t("review.said.accept"));
    await show();
  } catch (error) {
    tell(error);
  }
}

function filter(more) {
  shown = { ...shown, ...more };
  if (more.state) shown.kind = null;
  show();
}

async function load(offset) {
  const number = ++asked;
  const told = await readChanges({ ...shown, offset, limit: PAGE });
  if (number !== asked) return;
  if (!offset) [changes, nodes] = [[], []];
  for (const change of told.changes) {
    if (changes.some((each) => each.path === change.path)) continue;
    nodes.push(draw(change, changes.length));
    changes.push(change);
  }
  byId("changes").replaceChildren(...(nodes.length ? nodes : [el("li", { class: "none" }, t(shown.state === "open" ? "review.all-decided" : "review.none-yet"))]));
  // What was decided since is no longer among those that are asked for.
  byId("more").hidden = told.changes.length < PAGE;
}

async function show() {
  try {
    tellProgress(await readReview());
    await load(0);
    arrived();
    byId("problem").replaceChildren();
    byId("main").hidden = false;
  } catch (error) {
    tell(error);
    if (error.told?.status === 503) setTimeout(show, 1000);
  }
}

async function write() {
  byId("write").disabled = true;
  say(t("review.writing"));
  try {
    const told = await writeAccepted();
    const left = told.left.map((each) => el("li", {}, el("strong", {}, each.path), ": ", el("span", { lang: "en" }, each.because)));
    byId("done").replaceChildren(el("div", { class: "done", role: "status" }, el("p", {}, t("review.written", { count: told.written.length })), left.length ? el("p", {}, t("review.left")) : null, left.length ? el("ul", {}, left) : null));
    say(t("review.done", { count: told.written.length }));
    await show();
  } catch (error) {
    tell(error);
    byId("write").disabled = false;
  }
}

const KEYS = {
  a: () => give(current, "accept"),
  r: () => give(current, "reject"),
  u: () => give(current, null),
  j: () => mark(current + 1),
  k: () => mark(current - 1),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.target.closest?.("input, select, textarea")) return;
  const act = KEYS[event.key.toLowerCase()];
  if (!act || byId("main").hidden) return;
  event.preventDefault();
  act();
});
byId("write").addEventListener("click", write);
byId("more").querySelector("button").addEventListener("click", () => {
  const decided = changes.filter((each) => (each.decision ?? "open") !== shown.state).length;
  load(changes.length - decided).catch(tell);
});
onKey(() => show());
takeKey();
show();
