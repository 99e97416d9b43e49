// What the site shows with an article today beside what is proposed, and how its list changed; read when it is opened.

import { Problem, readOverview, readOverviewArticle, readPublished } from "./api.js";
import { difference, pairs } from "./compare.js";
import { el } from "./dom.js";
import { learn, stateOf } from "./states.js";
import { moment, pieces, said, t } from "./texts.js";

const NAMES = [t("published.old"), t("published.new")];

const faint = (...text) => el("p", { class: "faint" }, text);

function column(title, note, list, nothing) {
  return el("section", { "aria-label": title }, el("h3", {}, title), faint(note), list ?? faint(nothing));
}

/** Render the published list beside the proposed one. */
function sideBySide(told, answer) {
  const heading = el("h3", {}, t("published.both"));
  if (!told.published) return el("div", {}, heading, faint(pieces("published.unknown", { why: said(told.unknownBecause) })));
  // An article that is not in the collection has no id; its place in the list tells it from others.
  const before = { related: told.published.map((item, place) => ({ ...item, id: item.id ?? `${place}`, title: item.title ?? item.webUrl })) };
  const now = { related: answer.related };
  const columns = el(
    "div",
    { class: "compare" },
    column(t("published.title"), t("published.where"), pairs(before, now, true, NAMES), t("published.none")),
    column(t("proposed.title"), t("proposed.where"), pairs(now, before, false, NAMES), t("compare.nothing")),
  );
  return el("div", {}, heading, faint(difference(before, now)), columns);
}

function named(kind, items) {
  const names = items.map((item) => item.title ?? t("deleted", { id: item.id })).join(", ");
  return items.length ? el("p", { class: `went ${kind}` }, el("span", { class: "unseen" }, `${t(kind === "came" ? "came" : "left")}: `), names) : null;
}

function step(before, after, when) {
  const [came, left] = [[after, before], [before, after]].map(([one, other]) => one.filter((item) => !other.some(({ id }) => id === item.id)));
  const isSame = before.length === after.length && before.every((item, place) => item.id === after[place].id);
  if (isSame) return null;
  return el("li", {}, el("h4", {}, when), named("came", came), named("left", left), came.length || left.length ? null : faint(t("reordered")));
}

/** Render how the list changed: from one computation to the next, and from the newest to the answer on the page. */
function changes(told, answer, isUsual) {
  const lists = [{ revision: told.changedAt, related: told.related }, ...told.earlier];
  const isComparable = isUsual && answer.related.length <= told.listItems && answer.revision > told.revision;
  const now = isComparable ? step(told.related, answer.related, t("published.since", { when: moment(told.computedAt) })) : null;
  const steps = lists.slice(0, -1).map((list, place) => step(lists[place + 1].related, list.related, stateOf(list.revision) ?? t("earlier")));
  const shown = [now, ...steps].filter(Boolean);
  const when = stateOf(told.changedAt);
  const since = when ? t("published.unchanged", { when }) : t("published.unchanged-long");
  return el("div", {}, el("h3", {}, t("published.changes")), shown.length ? el("ul", { class: "steps" }, shown) : faint(since));
}

const isMissing = (error) => error instanceof Problem && error.told.status === 404;

/** Make the section behind `rest`; calls `fail(error)` with problems. */
export function published({ rest, fail }) {
  const body = el("div", {});
  const section = el("details", { class: "published", hidden: true }, el("summary", {}, t("published")), body);
  rest.after(section);
  let shown = null;
  let asked = null;

  async function load() {
    if (!shown || !section.open) return;
    asked?.abort();
    asked = new AbortController();
    const { signal } = asked;
    const { id, answer, isUsual } = shown;
    body.setAttribute("aria-busy", "true");
    try {
      const overview = readOverviewArticle(id, signal).catch((error) => {
        if (isMissing(error)) return null;
        throw error;
      });
      const [site, told, { history }] = await Promise.all([readPublished(id, signal), overview, readOverview(signal)]);
      learn(history ?? []);
      const unknown = el("div", {}, el("h3", {}, t("published.changes")), faint(t("published.unknown-article")));
      if (!signal.aborted) body.replaceChildren(sideBySide(site, answer), told ? changes(told, answer, isUsual) : unknown);
    } catch (error) {
      if (error.name !== "AbortError") fail(error);
    } finally {
      if (!signal.aborted) body.removeAttribute("aria-busy");
    }
  }

  section.addEventListener("toggle", load);
  return {
    /** Show the section for a stored article and its answer; `isUsual` says that it was asked for without options. */
    show(id, answer, isUsual) {
      shown = { id, answer, isUsual };
      section.hidden = false;
      load();
    },
    hide() {
      shown = null;
      asked?.abort();
      section.hidden = true;
      body.replaceChildren();
    },
  };
}
