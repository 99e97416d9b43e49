// The list of all articles, the newest first, with filters; its state is kept in the address.

import { readArticles } from "./api.js";
import { byline, date, el, link } from "./dom.js";
import { FIELDS } from "./filters.js";
import { number, pieces, t } from "./texts.js";

const FEW = 10;
const MOST = 50;
const PARAMS = [...Object.keys(FIELDS), "after", "before"];
const GROUPS = { ...FIELDS, year: t("field.year") };

/** Return the address of the list with some filters. */
export function browseAddress(filters = {}) {
  return `/?${new URLSearchParams({ view: "browse", ...filters })}`;
}

const nextYear = (year) => `${Number(year) + 1}-01-01`;

/** Return the filters in the address, as pairs of names and values. */
function filtersOf(params) {
  return [...params].filter(([name, value]) => PARAMS.includes(name) && value);
}

function filterOf(field, value) {
  return field === "year" ? { after: `${value}-01-01`, before: nextYear(value) } : { [field]: value };
}

/** Set up the list in `root`; calls `choose(id)` with a selected article and `fail(error)` with problems. */
export function browser({ root, choose, fail }) {
  let asked = null;
  let facets = FEW;

  function go(filters, cursor) {
    const params = new URLSearchParams([["view", "browse"], ...filters]);
    if (cursor) params.set("cursor", cursor);
    history.pushState(null, "", `?${params}`);
    return show({ moved: true });
  }

  const filters = () => filtersOf(new URLSearchParams(location.search));
  const without = (names) => filters().filter(([name]) => !names.includes(name));

  function active() {
    const given = Object.fromEntries(filters());
    const isYear = given.after && given.before === nextYear(given.after.slice(0, 4)) && given.after.endsWith("-01-01");
    const chips = filters()
      .filter(([name]) => !isYear || (name !== "after" && name !== "before"))
      .map(([name, value]) => [FIELDS[name] ?? t(name === "after" ? "browse.since" : "browse.before"), value, [name]]);
    if (isYear) chips.push([GROUPS.year, given.after.slice(0, 4), ["after", "before"]]);
    if (!chips.length) return null;
    const items = chips.map(([label, value, names]) =>
      el("li", {}, el("button", { type: "button", class: "chip on", onclick: () => go(without(names)) }, el("span", {}, `${label}: `, el("bdi", {}, value)), el("span", { "aria-hidden": true }, " ×"), el("span", { class: "unseen" }, ` – ${t("browse.remove")}`))),
    );
    if (chips.length > 1) items.push(el("li", {}, el("button", { type: "button", class: "quiet", onclick: () => go([]) }, t("browse.remove-all"))));
    return el("ul", { class: "chips", "aria-label": t("browse.filters") }, items);
  }

  function group(field, values) {
    const taken = field === "year" ? ["after", "before"] : [field];
    if (!values.length || filters().some(([name]) => taken.includes(name))) return null;
    const items = values.map((each) =>
      el("li", {}, el("button", { type: "button", class: "chip", onclick: () => go([...filters(), ...Object.entries(filterOf(field, each.value))]) }, el("bdi", {}, each.name), el("small", {}, ` ${number(each.count)}`))),
    );
    const more = facets === FEW && values.length === FEW;
    if (more) {
      const button = el("button", { type: "button", class: "quiet" }, t("browse.more"), el("span", { class: "unseen" }, `: ${GROUPS[field]}`));
      button.addEventListener("click", () => {
        facets = MOST;
        show({ focus: `facet-${field}` });
      });
      items.push(el("li", {}, button));
    }
    return el("div", { class: "facet" }, el("h3", { id: `facet-${field}`, tabindex: "-1" }, GROUPS[field]), el("ul", { class: "chips", "aria-labelledby": `facet-${field}` }, items));
  }

  function dates() {
    const given = Object.fromEntries(filters());
    const field = (name, label) => {
      const input = el("input", { type: "date", id: `browse-${name}`, value: given[name] ?? null });
      input.addEventListener("change", () => go([...without([name]), ...(input.value ? [[name, input.value]] : [])]));
      return el("div", {}, el("label", { for: `browse-${name}` }, label), input);
    };
    return el("div", { class: "facet dates" }, el("h3", {}, t("field.published")), field("after", t("field.after")), field("before", t("field.before")));
  }

  function row(article) {
    const open = el("a", { href: `/?${new URLSearchParams({ id: article.id })}`, dir: "auto" }, article.title);
    open.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
      event.preventDefault();
      choose(article.id);
    });
    const topics = (article.topics ?? []).map((topic) => el("li", {}, el("a", { href: browseAddress({ topic }), dir: "auto" }, topic)));
    const about = byline(article);
    if (article.webUrl) about.append(link(article.webUrl, [t("browse.on-site"), el("span", { class: "unseen" }, `: ${article.title}`)], { class: "outside" }));
    return el(
      "li",
      { class: "entry", "data-id": article.id },
      el("h3", {}, open),
      about,
      article.excerpt ? el("p", { class: "excerpt", dir: "auto" }, article.excerpt) : null,
      topics.length ? el("ul", { class: "topics", "aria-label": t("topics") }, topics) : null,
    );
  }

  function pages(page, params) {
    const first = params.has("cursor") ? el("button", { type: "button", onclick: () => go(filters()) }, t("browse.first")) : null;
    const next = page.next ? el("button", { type: "button", class: "main", onclick: () => go(filters(), page.next) }, t("browse.next")) : null;
    return first || next ? el("nav", { class: "pages", "aria-label": t("browse.pages") }, first, next) : null;
  }

  function render(page, params) {
    const count = t("articles", { count: page.total });
    const [newest, oldest] = [page.articles[0], page.articles.at(-1)].map((article) => date(article?.publishedDateTime));
    const spans = params.has("cursor") && newest && oldest ? [" · ", pieces("browse.span", { newest, oldest })] : [];
    const narrow = matchMedia("(max-width: 60rem)").matches;
    const open = root.querySelector("details")?.open ?? !narrow;
    const groups = Object.keys(GROUPS).map((field) => group(field, page.facets[field]));
    root.replaceChildren(
      el("h2", { id: "browse-title", tabindex: "-1" }, t("browse.title")),
      el("p", { class: "faint", role: "status" }, count, spans),
      active() ?? "",
      el("details", { class: "facets", ...(open && { open: true }) }, el("summary", {}, t("browse.filter")), el("div", { class: "groups" }, dates(), groups.filter(Boolean))),
      page.articles.length ? el("ol", { class: "entries" }, page.articles.map(row)) : el("p", { class: "nothing" }, t(filters().length ? "browse.none" : "no-articles")),
      pages(page, params) ?? "",
    );
  }

  async function show({ moved = false, focus = null } = {}) {
    asked?.abort();
    asked = new AbortController();
    const { signal } = asked;
    const params = new URLSearchParams(location.search);
    const request = new URLSearchParams([...filtersOf(params), ["facets", facets]]);
    if (params.has("cursor")) request.set("cursor", params.get("cursor"));
    root.setAttribute("aria-busy", "true");
    try {
      const page = await readArticles(request, signal);
      if (signal.aborted) return;
      render(page, params);
      fail(null);
      if (moved) scrollTo({ top: 0, behavior: "instant" });
      if (moved || focus) document.getElementById(focus ?? "browse-title")?.focus({ preventScroll: true });
    } catch (error) {
      if (error.name !== "AbortError") fail(error);
    } finally {
      if (!signal.aborted) root.removeAttribute("aria-busy");
    }
  }

  return { show };
}
