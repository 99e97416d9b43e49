// The review page: planned lists beside those in the files; each decision is saved at once, and writing is one button.

import { Problem, readChanges, readReview, readWhy, decide, decideAll, writeAccepted } from "./api.js";
import { problem } from "./cards.js";
import { byId, el, link } from "./dom.js";
import { askForKey, onKey, takeKey } from "./key.js";

const PAGE = 20;
const STATES = { open: "To decide", accept: "Accepted", reject: "Rejected" };
const KINDS = { filled: "Newly filled", changed: "Changed", emptied: "Emptied", "taken over": "Replaces what others wrote" };

let progress = null;
let shown = { state: "open", kind: null };
let changes = []; // { path, kind, article, before, after, decision }
let nodes = [];
let current = 0;
let asked = 0;

const count = (number, one, many) => `${number.toLocaleString("en")} ${number === 1 ? one : many}`;
const sum = (state) => progress.kinds.reduce((all, each) => all + each[state], 0);
const say = (text) => (byId("said").textContent = text);

function tell(error) {
  const isProblem = error instanceof Problem;
  if (isProblem && error.told.status === 401) {
    askForKey();
  }
  byId("problem").replaceChildren(problem(isProblem ? error.told : { title: "Error in this page", detail: error.message }));
  say("");
  if (!isProblem) throw error;
}

function tellProgress(told) {
  progress = told;
  const [open, accepted, rejected] = ["open", "accept", "reject"].map(sum);
  byId("title").textContent = `Review: ${told.site}`;
  byId("progress").textContent = `${count(open, "list", "lists")} to decide, ${accepted.toLocaleString("en")} accepted, ${rejected.toLocaleString("en")} rejected`;
  byId("write").disabled = !accepted;
  byId("write").textContent = accepted ? `Write ${count(accepted, "file", "files")}` : "Write what is accepted";
  const choice = (pressed, text, onclick) => el("button", { type: "button", "aria-pressed": String(pressed), onclick }, text);
  byId("states").replaceChildren(...Object.entries(STATES).map(([state, name]) => choice(shown.state === state, `${name} ${sum(state).toLocaleString("en")}`, () => filter({ state }))));
  const kinds = told.kinds.filter((each) => each[shown.state]);
  byId("kinds").replaceChildren(...(kinds.length > 1 || shown.kind ? [choice(!shown.kind, "All kinds", () => filter({ kind: null })), ...kinds.map((each) => choice(shown.kind === each.kind, `${KINDS[each.kind] ?? each.kind} ${each[shown.state].toLocaleString("en")}`, () => filter({ kind: each.kind })))] : []));
  const open_ = shown.kind ? told.kinds.find((each) => each.kind === shown.kind)?.open : open;
  const all = shown.state === "open" && open_ ? [el("button", { type: "button", onclick: acceptAll }, `Accept all ${open_.toLocaleString("en")}${shown.kind ? ` that are ${shown.kind}` : ""}`)] : [];
  byId("all").replaceChildren(...all);
}

const keyOf = (entry) => entry.webUrl || entry.id || entry.title;

function lists(change) {
  const [old, now] = [new Set(change.before.map(keyOf)), new Set(change.after.map(keyOf))];
  const isNew = (entry) => !old.has(keyOf(entry)) && !change.before.some((each) => each.id && each.id === entry.id);
  const isGone = (entry) => !now.has(keyOf(entry)) && !change.after.some((each) => each.id === entry.id);
  const side = (name, entries, mark, word) => {
    const items = entries.map((entry) => el("li", { class: mark(entry) ? word : null, "data-id": entry.id ?? null }, link(entry.webUrl, entry.title ?? entry.webUrl ?? entry.id, { target: "_blank" }), mark(entry) ? el("small", {}, ` ${word}`) : null));
    return el("section", {}, el("h3", {}, name), items.length ? el("ol", {}, items) : el("p", { class: "faint" }, "Nothing."));
  };
  return el("div", { class: "sides" }, side("In the file", change.before, isGone, "goes"), side("Planned", change.after, isNew, "new"));
}

async function explain(change, node) {
  try {
    const told = await readWhy(change.path);
    for (const item of told.items) {
      const line = node.querySelector(`section:last-child [data-id="${CSS.escape(item.id)}"]`);
      line?.append(el("p", { class: "why" }, `${item.score.toFixed(4)} · ${item.reasons.join(" · ") || "no single reason"}`));
    }
  } catch (error) {
    tell(error);
  }
}

function draw(change, place) {
  const act = (name, decision, key) => el("button", { type: "button", "aria-pressed": String(change.decision === decision), "aria-keyshortcuts": key, "aria-label": `${name}: ${change.article.title}`, onclick: () => give(place, change.decision === decision ? null : decision) }, name);
  const why = el("button", { type: "button", class: "quiet", "aria-label": `Why? ${change.article.title}`, onclick: (event) => { event.target.remove(); explain(change, node); } }, "Why?");
  const steer = el("a", { href: `/?${new URLSearchParams({ id: change.article.id, edit: "" })}` }, "Pin or block");
  const node = el(
    "li",
    { class: `change ${change.decision ?? "open"}`, tabindex: "-1", "data-path": change.path, onfocusin: () => mark(place, false) },
    el("p", { class: "eyebrow" }, KINDS[change.kind] ?? change.kind),
    el("h2", {}, link(change.article.webUrl, change.article.title, { target: "_blank" })),
    el("p", { class: "path" }, change.path),
    lists(change),
    el("div", { class: "buttons", role: "group", "aria-label": `Decide: ${change.article.title}` }, act("Accept", "accept", "a"), act("Reject", "reject", "r"), change.after.length ? why : null, steer),
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
  say("Saving …");
  try {
    const told = await decide(change.path, decision);
    change.decision = told.decision;
    const node = draw(change, place);
    nodes[place].replaceWith(node);
    nodes[place] = node;
    byId("problem").replaceChildren();
    tellProgress(told);
    say({ accept: "Accepted", reject: "Rejected: the article keeps what it has" }[decision] ?? "Taken back");
    mark(decision ? place + 1 : place);
  } catch (error) {
    tell(error);
  }
}

async function acceptAll() {
  try {
    tellProgress(await decideAll("accept", shown.kind));
    say("Accepted");
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
  byId("changes").replaceChildren(...(nodes.length ? nodes : [el("li", { class: "none" }, shown.state === "open" ? "Everything is decided." : "Nothing here yet.")]));
  // What was decided since is no longer among those that are asked for.
  byId("more").hidden = told.changes.length < PAGE;
}

async function show() {
  try {
    tellProgress(await readReview());
    await load(0);
    byId("problem").replaceChildren();
    byId("main").hidden = false;
  } catch (error) {
    tell(error);
    if (error.told?.status === 503) setTimeout(show, 1000);
  }
}

async function write() {
  byId("write").disabled = true;
  say("Writing …");
  try {
    const told = await writeAccepted();
    const left = told.left.map((each) => el("li", {}, el("strong", {}, each.path), `: ${each.because}`));
    byId("done").replaceChildren(el("div", { class: "done", role: "status" }, el("p", {}, `${count(told.written.length, "file was", "files were")} written.`), left.length ? el("p", {}, "Not written, and open again:") : null, left.length ? el("ul", {}, left) : null));
    say(`${count(told.written.length, "file", "files")} written`);
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
