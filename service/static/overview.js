// The overview page: the verdict, the figures and how they changed; the articles are `overview_table.js`.

import { Problem, computeOverview, readOverview } from "./api.js";
import { problem } from "./cards.js";
import { changes } from "./changes.js";
import { arrived, byId, debounce, el } from "./dom.js";
import { askForKey, onKey } from "./key.js";
import { bars, figures, history } from "./overview_figures.js";
import { KINDS, table } from "./overview_table.js";
import { learn } from "./states.js";
import { fixed, moment, percent, pieces, said as phrase, saidText, t } from "./texts.js";

const POLL_MS = 1000;
const RETRY_MS = 3000;

let shown = null; // computedAt of the overview on the page
let wantsToWrite = false;
let timer = null;

const articles = table({ say: (text) => (byId("count").textContent = text), fail: tell, choose: (only) => select(only) });
const changed = changes({ root: byId("changed"), fail: tell });

function tell(error, again = begin) {
  if (error.name === "AbortError") return;
  arrived();
  const isProblem = error instanceof Problem;
  const status = isProblem ? error.told.status : 0;
  if (status === 401 || (status === 403 && wantsToWrite)) {
    askForKey(t(wantsToWrite ? "key.computing" : "key.reading"));
  }
  const told = isProblem ? error.told : { title: t("problem.page"), detail: error.message };
  const retry = el("button", { type: "button", onclick: () => again() }, t("problem.again"));
  byId("problem").replaceChildren(problem(told), ...(status === 401 || status === 403 ? [] : [retry]));
  byId("problem").scrollIntoView({ block: "nearest" });
  if (!shown) byId("verdict").textContent = t("overview.failed");
  // Whatever passes by itself is asked for again.
  if (isProblem && (!status || status >= 500)) later(RETRY_MS);
  if (!isProblem) throw error;
}

function later(ms) {
  clearTimeout(timer);
  timer = setTimeout(begin, ms);
}

/** Say in a sentence or two how the lists stand. */
function verdict({ articles, filled, orphans, hubs, hubFrom, emptyBecause }) {
  if (!articles) return [t("verdict.no-articles")];
  const empty = articles - filled;
  const [main] = Object.entries(emptyBecause).sort(([, one], [, other]) => other - one);
  const why = main && pieces(Object.keys(emptyBecause).length > 1 ? "verdict.mostly" : "verdict.because", { why: phrase(main[0]) });
  const lists = !filled
    ? pieces("verdict.none-filled", { count: articles, why: el("span", {}, why) })
    : empty
    ? pieces("verdict.some-filled", { filled, articles, share: percent(filled / articles), empty: t("verdict.empty", { count: empty }), why: el("span", {}, why) })
    : [t("verdict.all-filled", { count: articles })];
  const faults = [orphans && t("verdict.orphans", { count: orphans }), hubs && t("verdict.hubs", { count: hubs, lists: hubFrom })].filter(Boolean);
  const rest = faults.length ? `${faults.join(` ${t("and")} `)}.` : filled ? t("verdict.each-shown") : "";
  return [...lists, " ", rest];
}

/** Say of when the overview is, and what is being done. */
function describe({ state, summary }) {
  const { running } = state;
  byId("progress").hidden = !running;
  if (running) {
    const bar = byId("bar");
    if (running.total) Object.assign(bar, { max: running.total, value: running.done });
    else bar.removeAttribute("value");
    byId("stage").textContent = running.total ? t("overview.stage", { stage: saidText(running.stage), done: running.done, total: running.total }) : `${saidText(running.stage)} …`;
  }
  const said = [];
  if (summary) said.push(t("overview.state", { when: moment(summary.computedAt), seconds: fixed(summary.seconds, 1) }));
  if (state.status === "outdated") {
    const what = t(state.revision === state.collectionRevision ? "overview.rules-changed" : "overview.articles-changed");
    said.push(what, t(running ? "overview.being-computed" : "overview.soon-computed"));
  }
  if (state.hasFailed && !running) said.push(t("overview.broken"));
  const text = said.join(" ");
  if (byId("state").textContent !== text) byId("state").textContent = text;
  byId("compute").hidden = Boolean(running) || state.status === "current" || !state.mayBegin;
}

function render(told) {
  describe(told);
  const { summary } = told;
  if (!summary) {
    byId("verdict").textContent = t(told.state.running ? "overview.first" : "overview.none");
    return;
  }
  if (shown === `${summary.computedAt} ${summary.revision}`) return;
  const isNew = shown !== null;
  shown = `${summary.computedAt} ${summary.revision}`;
  arrived();
  learn(told.history);
  byId("verdict").replaceChildren(...verdict(summary));
  const isEmpty = !summary.articles;
  byId("known").hidden = isEmpty;
  if (isEmpty) {
    byId("state").textContent = t("overview.empty");
    return;
  }
  byId("figures").replaceChildren(...figures(summary, select));
  byId("history").replaceChildren(history(told.history));
  byId("bars").replaceChildren(...bars(summary));
  changed.offer(told.history, byId("changes").open);
  offer("provider", summary.providers, t("table.all-providers"));
  offer("language", summary.languages, t("table.all-languages"));
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
