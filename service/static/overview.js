// The overview page: the verdict, the figures and how they changed; the articles are `overview_table.js`.

import { Problem, computeOverview, readOverview } from "./api.js";
import { problem } from "./cards.js";
import { changes } from "./changes.js";
import { byId, debounce, el } from "./dom.js";
import { askForKey, onKey } from "./key.js";
import { bars, figures, history } from "./overview_figures.js";
import { KINDS, table } from "./overview_table.js";

const POLL_MS = 1000;
const RETRY_MS = 3000;

let shown = null; // computedAt of the overview on the page
let wantsToWrite = false;
let timer = null;

const articles = table({ say: (text) => (byId("count").textContent = text), fail: tell, choose: (only) => select(only) });
const changed = changes({ root: byId("changed"), fail: tell });

function tell(error, again = begin) {
  if (error.name === "AbortError") return;
  const isProblem = error instanceof Problem;
  const status = isProblem ? error.told.status : 0;
  if (status === 401 || (status === 403 && wantsToWrite)) {
    askForKey(wantsToWrite ? "Computing needs a key that may write" : "Reading needs a key");
  }
  const told = isProblem ? error.told : { title: "Error in this page", detail: error.message };
  const retry = el("button", { type: "button", onclick: () => again() }, "Try again");
  byId("problem").replaceChildren(problem(told), ...(status === 401 || status === 403 ? [] : [retry]));
  byId("problem").scrollIntoView({ block: "nearest" });
  if (!shown) byId("verdict").textContent = "The overview cannot be shown.";
  // Whatever passes by itself is asked for again.
  if (isProblem && (!status || status >= 500)) later(RETRY_MS);
  if (!isProblem) throw error;
}

function later(ms) {
  clearTimeout(timer);
  timer = setTimeout(begin, ms);
}

const moment = (iso) => new Date(iso).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" });
const count = (number) => number.toLocaleString("en");

/** Say of which revision the overview is, and what is being done. */
function describe({ state, summary }) {
  const { running } = state;
  byId("progress").hidden = !running;
  if (running) {
    const bar = byId("bar");
    if (running.total) Object.assign(bar, { max: running.total, value: running.done });
    else bar.removeAttribute("value");
    byId("stage").textContent = running.total ? `${running.stage}: ${count(running.done)} of ${count(running.total)}` : `${running.stage} …`;
  }
  const said = [];
  if (summary) said.push(`Revision ${count(summary.revision)}, computed ${moment(summary.computedAt)} in ${summary.seconds.toFixed(1)}\u00a0s.`);
  if (state.status === "outdated") {
    const what = state.revision === state.collectionRevision ? "Settings or rules have changed since" : `The collection is at revision ${count(state.collectionRevision)}`;
    said.push(running ? `${what}: a new overview is being computed.` : `${what}; a new overview is computed in a while.`);
  }
  if (state.hasFailed && !running) said.push("The last computation did not come to its end; the service's log says why.");
  const text = said.join(" ");
  if (byId("state").textContent !== text) byId("state").textContent = text;
  byId("compute").hidden = Boolean(running) || state.status === "current" || !state.mayBegin;
}

function render(told) {
  describe(told);
  const { summary } = told;
  if (!summary) {
    byId("verdict").textContent = told.state.running ? "The overview is being computed for the first time." : "There is no overview yet.";
    return;
  }
  if (shown === `${summary.computedAt} ${summary.revision}`) return;
  const isNew = shown !== null;
  shown = `${summary.computedAt} ${summary.revision}`;
  byId("verdict").textContent = told.verdict;
  const isEmpty = !summary.articles;
  byId("known").hidden = isEmpty;
  if (isEmpty) {
    byId("state").textContent = "Articles come from related build, or are written to the service.";
    return;
  }
  byId("figures").replaceChildren(...figures(summary, select));
  byId("history").replaceChildren(history(told.history));
  byId("bars").replaceChildren(...bars(summary));
  changed.offer(told.history, byId("changes").open);
  offer("provider", summary.providers, "all providers");
  offer("language", summary.languages, "all languages");
  press();
  articles.show({ keepPlace: isNew });
}

function offer(id, values, all) {
  const field = byId(id);
  const chosen = articles.chosen[id] ?? "";
  const names = values.map(([name]) => name);
  if (chosen && !names.includes(chosen)) names.push(chosen);
  field.replaceChildren(el("option", { value: "" }, all), ...names.map((name) => el("option", { value: name }, name)));
  field.value = chosen;
  field.disabled = !names.length;
}

/** Choose a kind of article in the table. */
function select(only) {
  articles.choose({ only: articles.chosen.only === only ? "" : only });
  byId("only").value = articles.chosen.only;
  press();
}

function press() {
  for (const button of byId("figures").querySelectorAll("button")) {
    button.setAttribute("aria-pressed", String(button.dataset.only === articles.chosen.only));
  }
}

async function begin() {
  clearTimeout(timer);
  try {
    const told = await readOverview();
    byId("problem").replaceChildren();
    render(told);
    if (told.state.running || !told.summary) later(POLL_MS);
    else if (told.state.status === "outdated") later(10 * RETRY_MS);
  } catch (error) {
    tell(error);
  }
}

async function compute() {
  wantsToWrite = true;
  try {
    const { state } = await computeOverview();
    wantsToWrite = false;
    byId("problem").replaceChildren();
    describe({ state, summary: null });
    later(POLL_MS / 2);
  } catch (error) {
    tell(error, compute);
  }
}

byId("only").replaceChildren(...KINDS.map(([value, name]) => el("option", { value }, name)));
byId("only").value = articles.chosen.only;
byId("q").value = articles.chosen.q;
for (const id of ["only", "provider", "language"]) {
  byId(id).addEventListener("change", () => {
    articles.choose({ [id]: byId(id).value });
    press();
  });
}
byId("q").addEventListener("input", debounce(() => articles.choose({ q: byId("q").value.trim() }), 200));
byId("choice").addEventListener("submit", (event) => event.preventDefault());
byId("csv").addEventListener("click", () => articles.download(byId("csv")));
byId("changes").addEventListener("toggle", () => byId("changes").open && changed.show());
byId("compute").addEventListener("click", compute);
onKey(() => (wantsToWrite ? compute() : begin()));
addEventListener("online", () => begin());
begin();
