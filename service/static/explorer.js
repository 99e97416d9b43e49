// The explorer page; its state (article, settings, view) is kept in the address.

import { Problem, previewRelated, readArticle, readRelated, readRelatedOfDraft, readStatus } from "./api.js";
import { browser } from "./browse.js";
import { candidates, cards, heading, nothing, problem } from "./cards.js";
import { compare, difference } from "./compare.js";
import { arrived, byId, debounce } from "./dom.js";
import { draftForm } from "./draft.js";
import { combobox, focusWithSlash } from "./find.js";
import { askForKey, onKey } from "./key.js";
import { atlas } from "./map.js";
import { replace } from "./motion.js";
import { defaultsOf, describe, readOptions, toRequest, writeOptions } from "./options.js";
import { published } from "./published.js";
import { editing } from "./rules.js";
import { panel } from "./settings.js";
import { timeline } from "./story.js";
import { t } from "./texts.js";

let defaults = null;
let state = { id: null, draft: null, options: null, pinned: null, view: "list", edits: false };
let asked = null;
let shown = null;

const map = atlas({ choose, fail: tell });
const site = published({ rest: byId("rest"), fail: tell });
const articles = browser({ root: byId("browse"), choose, fail: (error) => (error ? tell(error) : byId("problem").replaceChildren()) });
const story = timeline({ section: byId("story"), choose });
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
const SLOW_MS = 1500; // say what takes so long
const LATE_MS = 300; // hold the place of a list that has not come by then
const STORY_MS = 150; // a story that comes with its article pushes nothing away
const bones = byId("list").firstElementChild.cloneNode(true);
const root = document.documentElement;
const pause = (ms) => new Promise((over) => setTimeout(over, ms));
const soon = debounce(show, 140);
const desk = editing({ section: byId("desk"), changed: show, fail: tell, say: (text) => (byId("said").textContent = text) });

function read() {
  const given = new URLSearchParams(location.search);
  const browses = given.get("view") === "browse" && !given.has("id");
  // The filters of the list of all articles are not those of an answer.
  const params = browses ? new URLSearchParams() : given;
  const pinned = params.get("a");
  state = {
    id: params.get("id"),
    draft: params.has("id") ? null : (history.state?.draft ?? null),
    options: readOptions(params, defaults),
    pinned: pinned === null ? null : readOptions(new URLSearchParams(pinned), defaults),
    view: browses ? "browse" : params.get("view") === "map" ? "map" : "list",
    edits: params.has("edit"),
  };
  settings.show(state.options);
}

function keep({ anew = false } = {}) {
  const params = new URLSearchParams(state.id ? { id: state.id } : {});
  for (const [name, value] of writeOptions(state.options, defaults)) params.set(name, value);
  if (state.pinned) params.set("a", writeOptions(state.pinned, defaults));
  if (state.view === "map") params.set("view", "map");
  if (state.edits) params.set("edit", "");
  const address = params.size ? `?${params}` : location.pathname;
  const place = state.draft ? { draft: state.draft } : null;
  history[anew ? "pushState" : "replaceState"](place, "", address);
}

function tell(error) {
  if (error.name === "AbortError") return;
  if (error instanceof Problem && (error.told.status === 401 || (error.told.status === 403 && state.edits))) {
    askForKey(t(state.edits ? "key.editing" : "key.reading"));
  }
  arrived();
  if (!defaults) for (const id of ["article", "bar", "aside", "list", "map", "browse"]) byId(id).hidden = true;
  const told = error instanceof Problem ? error.told : { title: t("problem.page"), detail: error.message };
  byId("problem").replaceChildren(problem(told, () => (defaults ? show() : begin())));
  byId("said").textContent = "";
  if (!(error instanceof Problem)) throw error;
}

function ask(options, signal) {
  const request = toRequest(options, defaults);
  if (state.draft) return readRelatedOfDraft(state.draft, request, signal);
  const rules = desk.preview(state.id);
  return rules ? previewRelated(state.id, rules, request, signal) : readRelated(state.id, request, signal);
}

async function show() {
  asked?.abort();
  asked = new AbortController();
  const { signal } = asked;
  const chosen = Boolean(state.id || state.draft);
  const browses = state.view === "browse" && !chosen;
  const onMap = !browses && (state.view === "map" || !chosen);
  root.classList.remove("waits");
  if (!state.id || shown?.id !== state.id) site.hide();
  const telling = story.show(state.id);
  for (const [name, is] of Object.entries({ chosen, browses, maps: onMap })) root.classList.toggle(name, is);
  for (const [id, there] of [["article", chosen], ["bar", chosen], ["aside", chosen], ["list", chosen && !onMap], ["rest", chosen], ["map", onMap], ["browse", browses]]) {
    byId(id).hidden = !there;
  }
  byId("as-list").setAttribute("aria-pressed", String(!onMap));
  byId("as-map").setAttribute("aria-pressed", String(onMap));
  byId("edit").hidden = !state.id;
  byId("edit").setAttribute("aria-pressed", String(state.edits));
  byId("pin").setAttribute("aria-pressed", String(Boolean(state.pinned)));
  byId("pin").textContent = t(state.pinned ? "compare.stop" : "compare.keep");
  byId("to-judge").href = state.id ? `/judge?${new URLSearchParams({ id: state.id })}` : "/judge";
  byId("to-demo").href = state.id ? `/demo?${new URLSearchParams({ id: state.id })}` : "/demo";
  let late;
  try {
    if (!chosen) await desk.open(null);
    if (browses) {
      document.title = t("page", { title: t("browse.title") });
      return await articles.show();
    }
    if (!chosen) {
      document.title = t("site");
      await map.show(null);
    } else {
      byId("list").setAttribute("aria-busy", "true");
      const refused = await desk.open(state.edits ? state.id : null);
      const asking = Promise.all([ask(state.options, signal), state.pinned ? ask(state.pinned, signal) : null]);
      asking.catch(() => {}); // reported below
      const article = state.draft ?? (await readArticle(state.id));
      if (article !== shown) {
        await Promise.race([telling, pause(STORY_MS)]);
        if (signal.aborted) return;
        introduce(article);
        late = setTimeout(() => byId("list").replaceChildren(bones.cloneNode(true)), LATE_MS);
      }
      const [answer, before] = await asking;
      if (signal.aborted) return;
      await render(answer, before, article, onMap);
      byId("problem").replaceChildren();
      if (refused) tell(refused);
      return;
    }
    byId("problem").replaceChildren();
  } catch (error) {
    if (error.name === "AbortError") return;
    // Without the service the list of before is better than none.
    if (chosen && !(error.told?.mayRetry && shown)) await fallBack();
    tell(error);
  } finally {
    clearTimeout(late);
    if (!signal.aborted) {
      arrived();
      byId("list").removeAttribute("aria-busy");
    }
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
  const waiting = t("draft.reading");
  byId("said").textContent = waiting;
  setTimeout(() => {
    if (byId("said").textContent === waiting) byId("said").textContent = t("draft.model");
  }, SLOW_MS);
  byId("list").replaceChildren(bones.cloneNode(true));
  byId("rest").replaceChildren();
}

async function render(answer, before, article, onMap) {
  document.title = t("page", { title: answer.article.title });
  if (answer.duplicates.length || answer.notes) byId("article").replaceChildren(...heading(article, answer, choose));
  if (before) {
    const said = { a: describe(state.pinned, defaults), b: describe(state.options, defaults) };
    replace(byId("list"), compare(before, answer, said));
  } else if (answer.related.length) replace(byId("list"), cards(answer, choose, desk.tools(answer)));
  else replace(byId("list"), nothing(answer, lower));
  desk.settle();
  const open = byId("rest").querySelector("details")?.open;
  const table = candidates(answer, choose);
  byId("rest").replaceChildren(...(table ? [table] : []));
  if (table && open) table.open = true;
  byId("said").textContent = before ? difference(before, answer) : t("list.count", { count: answer.related.length });
  if (state.id) site.show(state.id, answer, !writeOptions(state.options, defaults).size);
  if (onMap) await map.show(answer);
}

function choose(id) {
  state = { ...state, id, draft: null, view: state.view === "map" ? "map" : "list" };
  keep({ anew: true });
  draft.open(false);
  scrollTo({ top: 0, behavior: "instant" });
  show().then(() => byId("article").querySelector("h2")?.focus({ preventScroll: true }));
}

function lower(score) {
  state.options = { ...state.options, min_score: Math.floor(score * 1e4) / 1e4 };
  settings.show(state.options);
  keep();
  show();
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
byId("edit").addEventListener("click", () => change({ edits: !state.edits, view: "list" }));
byId("list").addEventListener("keydown", desk.key);
addEventListener("beforeunload", (event) => desk.unsaved() && event.preventDefault());
byId("pin").addEventListener("click", () => change({ pinned: state.pinned ? null : { ...state.options }, view: "list" }));
byId("search").addEventListener("submit", (event) => event.preventDefault());
byId("settings").addEventListener("submit", (event) => event.preventDefault());
const draft = draftForm((article) => {
  state = { ...state, id: null, draft: article, view: state.view === "map" ? "map" : "list" };
  keep({ anew: true });
  show();
  // The form is long, and the result stands below it.
  byId("article").scrollIntoView({ block: "start", behavior: "instant" });
});
onKey(() => begin());
combobox({ input: byId("q"), list: byId("found"), say: (text) => (byId("said-found").textContent = text), choose, fail: tell });
focusWithSlash(byId("q"));
addEventListener("popstate", () => {
  if (!defaults) return;
  read();
  show();
});

async function begin() {
  try {
    const status = await readStatus();
    defaults = defaultsOf(status);
    settings.learned(status.scorer === "learned");
    byId("to-judge").hidden = !status.judging;
    byId("counts").textContent = t("articles", { count: status.articles });
  } catch (error) {
    return tell(error);
  }
  read();
  await show();
}

if (matchMedia("(max-width: 60rem)").matches) byId("panel").open = false;
begin();
