// The table of an overview: chosen, ordered and paged by the service; the choice is kept in the address.

import { readOverviewCsv, readOverviewRows } from "./api.js";
import { byId, date, el } from "./dom.js";
import { stateOf } from "./states.js";
import { fixed, number, said, saidText, t } from "./texts.js";

export const KINDS = ["", "empty", "orphans", "hubs", "copies", "translations", "changed"].map((kind) => [kind, t(`kind.${kind || "all"}`)]);
const PAGE = 50;
const COLUMNS = [
  { sort: "title" },
  { sort: "items", isNumber: true, first: "asc" },
  { sort: "shown", isNumber: true },
  { sort: "score", isNumber: true },
  { sort: "lowest", isNumber: true, first: "asc", isLesser: true },
  { sort: "age", isNumber: true, isLesser: true },
  { sort: "copies", isNumber: true, isLesser: true },
  { sort: "changed", isNumber: true, isLesser: true },
];
const DEFAULTS = { only: "", q: "", provider: "", language: "", sort: "shown", order: "desc" };

const figure = (value, digits) => (value === undefined ? "–" : fixed(value, digits));

/** Return what an address chooses; unknown values count as none. */
function readChoice() {
  const params = new URLSearchParams(location.search);
  const chosen = Object.fromEntries(Object.keys(DEFAULTS).map((name) => [name, params.get(name) ?? DEFAULTS[name]]));
  if (!KINDS.some(([kind]) => kind === chosen.only)) chosen.only = "";
  if (!COLUMNS.some(({ sort }) => sort === chosen.sort)) Object.assign(chosen, { sort: DEFAULTS.sort, order: DEFAULTS.order });
  if (!["asc", "desc"].includes(chosen.order)) chosen.order = DEFAULTS.order;
  return chosen;
}

function row(article) {
  const about = [article.provider ? el("bdi", {}, article.provider) : null, article.publishedDateTime ? date(article.publishedDateTime) : null, article.language];
  const parts = about.filter(Boolean).flatMap((part, place) => (place ? [" · ", part] : [part]));
  const title = el("a", { href: `/?${new URLSearchParams({ id: article.id })}`, dir: "auto" }, article.title);
  const cells = {
    items: article.items ? number(article.items) : el("em", { title: article.emptyBecause && saidText(article.emptyBecause) }, t("none")),
    shown: article.shown ? number(article.shown) : el("em", {}, t("none")),
    score: figure(article.meanScore, 4),
    lowest: figure(article.lowestScore, 4),
    age: figure(article.ageDays, 1),
    copies: number(article.copies),
    changed: stateOf(article.changedAt, { dateStyle: "medium" }) ?? t("earlier"),
  };
  const reason = article.emptyBecause ? el("small", {}, t("table.no-list"), " ", said(article.emptyBecause)) : null;
  return el(
    "tr",
    { "data-id": article.id },
    el("th", { scope: "row" }, title, parts.length ? el("small", {}, parts) : null, reason),
    COLUMNS.slice(1).map(({ sort, isLesser }) => el("td", { class: isLesser ? "number lesser" : "number" }, cells[sort])),
  );
}

/** Make the table; calls `say(text)` with what it shows, and `fail(error)` with problems. */
export function table({ say, fail }) {
  const chosen = readChoice();
  let asked = null;
  let cursor = null;
  let body = null;
  let total = 0;

  const options = (more) => {
    const given = Object.entries({ ...chosen, ...more }).filter(([, value]) => value !== "");
    return new URLSearchParams(given);
  };

  function keep() {
    const differing = Object.entries(chosen).filter(([name, value]) => value !== DEFAULTS[name]);
    history.replaceState(null, "", differing.length ? `?${new URLSearchParams(differing)}` : location.pathname);
  }

  function head() {
    const cells = COLUMNS.map(({ sort, isNumber, isLesser, first = isNumber ? "desc" : "asc" }) => {
      const isOwn = chosen.sort === sort;
      const order = isOwn ? (chosen.order === "asc" ? "desc" : "asc") : first;
      const button = el("button", { type: "button", onclick: () => api.choose({ sort, order }, sort) }, t(`column.${sort}`));
      button.dataset.sort = sort;
      const kind = [isNumber ? "number" : "", isLesser ? "lesser" : ""].join(" ").trim();
      return el("th", { scope: "col", class: kind || null, "aria-sort": isOwn ? (chosen.order === "asc" ? "ascending" : "descending") : null }, button);
    });
    return el("thead", {}, el("tr", {}, cells));
  }

  function told() {
    const shown = body?.children.length ?? 0;
    if (!total) return t("table.none");
    return shown < total ? t("articles-of", { shown, count: total }) : t("articles", { count: total });
  }

  async function load(isNext, limit = PAGE) {
    asked?.abort();
    asked = new AbortController();
    const { signal } = asked;
    const frame = byId("table").firstElementChild;
    frame?.setAttribute("aria-busy", "true");
    try {
      const page = await readOverviewRows(options({ limit, ...(isNext ? { cursor } : {}) }), signal);
      const rows = page.articles.map(row);
      if (isNext) body.append(...rows);
      else {
        body = el("tbody", {}, rows);
        const caption = el("caption", { class: "unseen" }, t("table.caption"));
        const inside = el("table", {}, caption, head(), body);
        const made = el("div", { class: "wide", role: "region", tabindex: "0", "aria-label": t("table.label") }, inside);
        byId("table").replaceChildren(...(rows.length ? [made] : []));
      }
      cursor = page.cursor ?? null;
      total = page.total;
      byId("next").hidden = !cursor;
      say(told());
      return rows;
    } catch (error) {
      fail(error, () => load(isNext, limit));
      return [];
    } finally {
      if (!signal.aborted) byId("table").firstElementChild?.removeAttribute("aria-busy");
    }
  }

  byId("next").addEventListener("click", async () => {
    const [first] = await load(true);
    first?.querySelector("a")?.focus({ preventScroll: true });
  });

  const api = {
    chosen,
    /** Show the articles; with `keepPlace` as many as there are on the page. */
    show: ({ keepPlace = false } = {}) => load(false, keepPlace ? Math.min(500, Math.max(PAGE, body?.children.length ?? 0)) : PAGE),
    /** Choose others, or another order; the heading of the column `focus` is focused then. */
    async choose(more, focus = null) {
      Object.assign(chosen, more);
      keep();
      await load(false);
      if (focus) byId("table").querySelector(`[data-sort="${focus}"]`)?.focus({ preventScroll: true });
    },
    /** Download all chosen articles as CSV; `button` is disabled meanwhile. */
    async download(button) {
      button.disabled = true;
      try {
        const url = URL.createObjectURL(new Blob([await readOverviewCsv(options({ format: "csv" }))], { type: "text/csv" }));
        el("a", { href: url, download: "overview.csv" }).click();
        URL.revokeObjectURL(url);
      } catch (error) {
        fail(error, () => api.download(button));
      } finally {
        button.disabled = false;
      }
    },
  };
  return api;
}
