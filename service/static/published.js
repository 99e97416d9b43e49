// What the site shows with an article today beside what is proposed, and how its list changed; read when it is opened.

import { Problem, readOverviewArticle, readPublished } from "./api.js";
import { difference, pairs } from "./compare.js";
import { el } from "./dom.js";

const NAMES = ["the published list", "the proposed list"];

const faint = (...text) => el("p", { class: "faint" }, text);

function column(title, note, list, nothing) {
  return el("section", { "aria-label": title }, el("h3", {}, title), faint(note), list ?? faint(nothing));
}

/** Render the published list beside the proposed one. */
function sideBySide(told, answer) {
  const heading = el("h3", {}, "Published and proposed");
  if (!told.published) return el("div", {}, heading, faint(`What the site shows with this article is not known: ${told.unknownBecause}.`));
  // An article that is not in the collection has no id; its place in the list tells it from others.
  const before = { related: told.published.map((item, place) => ({ ...item, id: item.id ?? `${place}`, title: item.title ?? item.webUrl })) };
  const now = { related: answer.related };
  const columns = el(
    "div",
    { class: "compare" },
    column("Published", "in the article's file, as it is now", pairs(before, now, true, NAMES), "The file shows no related articles."),
    column("Proposed", "the list above", pairs(now, before, false, NAMES), "Nothing is related enough."),
  );
  return el("div", {}, heading, faint(difference(before, now)), columns);
}

function named(kind, items) {
  const names = items.map((item) => item.title ?? `${item.id} (deleted)`).join(", ");
  return items.length ? el("p", { class: `went ${kind}` }, el("span", { class: "unseen" }, kind === "came" ? "came: " : "left: "), names) : null;
}

function step(before, after, said) {
  const [came, left] = [[after, before], [before, after]].map(([one, other]) => one.filter((item) => !other.some(({ id }) => id === item.id)));
  const isSame = before.length === after.length && before.every((item, place) => item.id === after[place].id);
  if (isSame) return null;
  return el("li", {}, el("h4", {}, said), named("came", came), named("left", left), came.length || left.length ? null : faint("the same articles in another order"));
}

/** Render how the list changed: from one computation to the next, and from the newest to the answer on the page. */
function changes(told, answer, isUsual) {
  const revision = (number) => `revision ${number.toLocaleString("en")}`;
  const lists = [{ revision: told.changedAt, related: told.related }, ...told.earlier];
  const isComparable = isUsual && answer.related.length <= told.listItems && answer.revision > told.revision;
  const now = isComparable ? step(told.related, answer.related, `Since the overview of ${revision(told.revision)}`) : null;
  const steps = lists.slice(0, -1).map((list, place) => step(lists[place + 1].related, list.related, `With ${revision(list.revision)}`));
  const shown = [now, ...steps].filter(Boolean);
  const since = `The list has been as it is since ${revision(told.changedAt)}, as far as the overview remembers.`;
  return el("div", {}, el("h3", {}, "How the list changed"), shown.length ? el("ul", { class: "steps" }, shown) : faint(since));
}

const isMissing = (error) => error instanceof Problem && error.told.status === 404;

/** Make the section behind `rest`; calls `fail(error)` with problems. */
export function published({ rest, fail }) {
  const body = el("div", {});
  const section = el("details", { class: "published", hidden: true }, el("summary", {}, "Published on the site, and what changed"), body);
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
      const [site, told] = await Promise.all([readPublished(id, signal), overview]);
      const unknown = el("div", {}, el("h3", {}, "How the list changed"), faint("The overview does not know this article yet."));
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
