// The explorer page; its state (article, settings, view) is kept in the address.

import { Problem, keepKey, readArticle, readRelated, readRelatedOfDraft, readStatus } from "./api.js";
import { candidates, cards, heading, nothing, problem } from "./cards.js";
import { compare, difference } from "./compare.js";
import { byId, debounce } from "./dom.js";
import { combobox } from "./find.js";
import { atlas } from "./map.js";
import { replace } from "./motion.js";
import { defaultsOf, describe, readOptions, toRequest, writeOptions } from "./options.js";
import { panel } from "./settings.js";

let defaults = null;
let state = { id: null, draft: null, options: null, pinned: null, view: "list" };
let asked = null;
let shown = null;
const drafts = []; // Kept in the page only; the history stores their indices.

const map = atlas({ choose, fail: tell });
const settings = panel({
  form: byId("settings"),
  copy: byId("copy"),
  copied: byId("copied"),
  reset: byId("reset"),
  change: (options) => {
    state.options = options ?? { ...defaults };
    if (!options) settings.show(state.options);
    keep();
    soon();
  },
});
const soon = debounce(show, 140);

function read() {
  const params = new URLSearchParams(location.search);
  const pinned = params.get("a");
  state = {
    id: params.get("id"),
    draft: params.has("id") ? null : (drafts[history.state?.draft] ?? null),
    options: readOptions(params, defaults),
    pinned: pinned === null ? null : readOptions(new URLSearchParams(pinned), defaults),
    view: params.get("view") === "map" ? "map" : "list",
  };
  settings.show(state.options);
}

function keep({ anew = false } = {}) {
  const params = new URLSearchParams(state.id ? { id: state.id } : {});
  for (const [name, value] of writeOptions(state.options, defaults)) params.set(name, value);
  if (state.pinned) params.set("a", writeOptions(state.pinned, defaults));
  if (state.view === "map") params.set("view", "map");
  const address = params.size ? `?${params}` : location.pathname;
  const place = state.draft ? { draft: drafts.indexOf(state.draft) } : null;
  history[anew ? "pushState" : "replaceState"](place, "", address);
}

function tell(error) {
  if (error.name === "AbortError") return;
  if (error instanceof Problem && error.told.status === 401) {
    byId("key").hidden = false;
    byId("key-field").focus();
  }
  const told = error instanceof Problem ? error.told : { title: "Error in this page", detail: error.message };
  byId("problem").replaceChildren(problem(told));
  byId("said").textContent = "";
  if (!(error instanceof Problem)) throw error;
}

function ask(options, signal) {
  const request = toRequest(options, defaults);
  return state.draft ? readRelatedOfDraft(state.draft, request, signal) : readRelated(state.id, request, signal);
}

async function show() {
  asked?.abort();
  asked = new AbortController();
  const { signal } = asked;
  const chosen = Boolean(state.id || state.draft);
  const onMap = state.view === "map" || !chosen;
  document.body.classList.toggle("chosen", chosen);
  for (const [id, there] of [["article", chosen], ["bar", chosen], ["aside", chosen], ["list", chosen && !onMap], ["rest", chosen], ["map", onMap]]) {
    byId(id).hidden = !there;
  }
  byId("as-list").setAttribute("aria-pressed", String(!onMap));
  byId("as-map").setAttribute("aria-pressed", String(onMap));
  byId("pin").setAttribute("aria-pressed", String(Boolean(state.pinned)));
  byId("pin").textContent = state.pinned ? "Unpin A" : "Pin as A";
  byId("to-demo").href = state.id ? `/demo?${new URLSearchParams({ id: state.id })}` : "/demo";
  try {
    if (!chosen) {
      document.title = "Related articles";
      await map.show(null);
    } else {
      byId("list").setAttribute("aria-busy", "true");
      const asking = Promise.all([ask(state.options, signal), state.pinned ? ask(state.pinned, signal) : null]);
      asking.catch(() => {}); // reported below
      const article = state.draft ?? (await readArticle(state.id));
      if (article !== shown) introduce(article);
      const [answer, before] = await asking;
      if (signal.aborted) return;
      await render(answer, before, article, onMap);
    }
    byId("problem").replaceChildren();
  } catch (error) {
    if (error.name === "AbortError") return;
    if (chosen) await fallBack();
    tell(error);
  } finally {
    if (!signal.aborted) byId("list").removeAttribute("aria-busy");
  }
}

/** Show only the article, if there is one, after a failed request. */
async function fallBack() {
  for (const id of ["bar", "map"]) byId(id).hidden = true;
  for (const id of ["article", "list", "rest"]) byId(id).replaceChildren();
  shown = state.draft ?? (await readArticle(state.id).catch(() => null));
  byId("article").hidden = byId("aside").hidden = !shown;
  if (shown) byId("article").replaceChildren(...heading(shown, { duplicates: [] }, choose));
}

/** Show the article before its answer arrives. */
function introduce(article) {
  shown = article;
  byId("article").replaceChildren(...heading(article, { duplicates: [] }, choose));
  if (article !== state.draft) return;
  byId("said").textContent = "Reading the draft …";
  for (const id of ["list", "rest"]) byId(id).replaceChildren();
}

async function render(answer, before, article, onMap) {
  document.title = `${answer.article.title} – related articles`;
  if (answer.duplicates.length || answer.notes) byId("article").replaceChildren(...heading(article, answer, choose));
  if (before) {
    const said = { a: describe(state.pinned, defaults), b: describe(state.options, defaults) };
    replace(byId("list"), compare(before, answer, said));
  } else if (answer.related.length) replace(byId("list"), cards(answer, choose));
  else replace(byId("list"), nothing(answer, lower));
  const open = byId("rest").querySelector("details")?.open;
  const table = candidates(answer, choose);
  byId("rest").replaceChildren(...(table ? [table] : []));
  if (table && open) table.open = true;
  const count = answer.related.length;
  byId("said").textContent = before ? difference(before, answer) : count === 1 ? "1 related article" : `${count || "no"} related articles`;
  if (onMap) await map.show(answer);
}

function choose(id) {
  state = { ...state, id, draft: null };
  keep({ anew: true });
  openDraft(false);
  scrollTo({ top: 0, behavior: "instant" });
  show().then(() => byId("article").querySelector("h2")?.focus({ preventScroll: true }));
}

function lower(score) {
  state.options = { ...state.options, min_score: Math.floor(score * 1e4) / 1e4 };
  settings.show(state.options);
  keep();
  show();
}

function openDraft(open) {
  byId("draft").hidden = !open;
  byId("write").setAttribute("aria-expanded", String(open));
}

function change(more) {
  state = { ...state, ...more };
  keep();
  show();
}

byId("skip").addEventListener("click", (event) => {
  event.preventDefault();
  byId("main").focus();
});
byId("as-list").addEventListener("click", () => change({ view: "list" }));
byId("as-map").addEventListener("click", () => change({ view: "map" }));
byId("pin").addEventListener("click", () => change({ pinned: state.pinned ? null : { ...state.options }, view: "list" }));
byId("write").addEventListener("click", () => {
  openDraft(byId("draft").hidden);
  if (!byId("draft").hidden) byId("draft-title").focus();
});
byId("search").addEventListener("submit", (event) => event.preventDefault());
byId("settings").addEventListener("submit", (event) => event.preventDefault());
byId("draft").addEventListener("submit", (event) => {
  event.preventDefault();
  const body = byId("draft-text").value.trim();
  drafts.push({ title: byId("draft-title").value, ...(body && { body }) });
  state = { ...state, id: null, draft: drafts.at(-1) };
  keep({ anew: true });
  show();
});
byId("key").addEventListener("submit", (event) => {
  event.preventDefault();
  keepKey(byId("key-field").value);
  byId("key").hidden = true;
  byId("key").reset();
  begin();
});
combobox({ input: byId("q"), list: byId("found"), say: (text) => (byId("said-found").textContent = text), choose, fail: tell });
addEventListener("popstate", () => {
  if (!defaults) return;
  read();
  show();
});

async function begin() {
  try {
    const status = await readStatus();
    defaults = defaultsOf(status);
    byId("counts").textContent = `${status.articles.toLocaleString("en")} articles · revision ${status.revision.toLocaleString("en")}`;
  } catch (error) {
    return tell(error);
  }
  read();
  await show();
}

if (matchMedia("(max-width: 60rem)").matches) byId("panel").open = false;
begin();
