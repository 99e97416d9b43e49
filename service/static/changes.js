// What changed since an earlier computation: articles, and lists with what came and left.

import { readOverviewChanges } from "./api.js";
import { el } from "./dom.js";
import { moment, pieces, t } from "./texts.js";

const PAGE = 25;

const page = (id, title) => el("a", { href: `/?${new URLSearchParams({ id })}`, dir: "auto" }, title);

function named(kind, items) {
  const names = items.flatMap((item, place) => [place ? ", " : "", item.title ? page(item.id, item.title) : t("deleted", { id: item.id })]);
  return items.length ? el("p", { class: kind }, el("span", { class: "unseen" }, `${t(kind === "came" ? "came" : "left")}: `), names) : null;
}

function entry(list) {
  const isSame = !list.came.length && !list.left.length;
  return el("li", {}, el("h4", {}, page(list.id, list.title)), named("came", list.came), named("left", list.left), isSame ? el("p", { class: "faint" }, t("reordered")) : null);
}

function articles(told) {
  if (!told.added) return el("p", { class: "faint" }, t("changes.forgotten"));
  const kinds = ["added", "changed", "deleted"].filter((kind) => told[kind].count);
  if (!kinds.length) return el("p", { class: "faint" }, t("changes.no-article"));
  return kinds.map((kind) => {
    const { count, ids } = told[kind];
    const names = ids.flatMap((id, place) => [place ? ", " : "", kind === "deleted" ? id : page(id, id)]);
    const all = count > ids.length ? pieces("changes.and-more", { names: el("span", {}, names), more: count - ids.length }) : names;
    return el("details", {}, el("summary", {}, t(`changes.${kind}`, { count })), el("p", {}, all));
  });
}

/** Make the section in `root`; calls `fail(error)` with problems. */
export function changes({ root, fail }) {
  const choice = el("select", { id: "since", onchange: () => show() });
  const told = el("div", {});
  let isStale = true;
  root.replaceChildren(el("p", { class: "since" }, el("label", { for: "since" }, t("changes.since")), choice), told);

  async function show() {
    if (!choice.options.length) return told.replaceChildren(el("p", { class: "faint" }, t("changes.first")));
    isStale = false;
    const since = choice.value;
    try {
      const answer = await readOverviewChanges(new URLSearchParams({ since, limit: PAGE }));
      if (since !== choice.value) return null;
      const lists = el("ul", { class: "changed" }, answer.lists.map(entry));
      const what = answer.differentLists ? t("changes.lists", { count: answer.differentLists, when: moment(answer.comparedWith.computedAt) }) : t("changes.no-list");
      told.replaceChildren(...[articles(answer)].flat(), el("p", { class: "faint" }, what), lists);
      if (answer.cursor) told.append(next(lists, answer.cursor, since));
    } catch (error) {
      isStale = true;
      fail(error, show);
    }
    return null;
  }

  function next(lists, cursor, since) {
    const button = el("button", { type: "button" }, t("more"));
    button.addEventListener("click", async () => {
      try {
        const answer = await readOverviewChanges(new URLSearchParams({ since, limit: PAGE, cursor }));
        lists.append(...answer.lists.map(entry));
        button.replaceWith(...(answer.cursor ? [next(lists, answer.cursor, since)] : []));
      } catch (error) {
        fail(error, show);
      }
    });
    return button;
  }

  return {
    /** Offer the earlier computations, the newest first; shown at once if the section is open. */
    offer(computations, isOpen) {
      const earlier = computations.slice(0, -1).reverse();
      const before = choice.value;
      const seen = new Set();
      const options = earlier.filter(({ revision }) => !seen.has(revision) && seen.add(revision));
      choice.replaceChildren(...options.map((each) => el("option", { value: each.revision }, moment(each.computedAt))));
      if (seen.has(Number(before))) choice.value = before;
      choice.parentElement.hidden = !options.length;
      isStale = true;
      if (isOpen) show();
    },
    /** Show what changed, if that is not on the page yet. */
    show: () => (isStale ? show() : null),
  };
}
