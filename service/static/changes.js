// What changed since an earlier computation: articles, and lists with what came and left.

import { readOverviewChanges } from "./api.js";
import { el } from "./dom.js";

const PAGE = 25;

const count = (number, one, many) => `${number.toLocaleString("en")} ${number === 1 ? one : many}`;
const page = (id, title) => el("a", { href: `/?${new URLSearchParams({ id })}` }, title);

function named(kind, items) {
  const names = items.flatMap((item, place) => [place ? ", " : "", item.title ? page(item.id, item.title) : `${item.id} (deleted)`]);
  return items.length ? el("p", { class: kind }, el("span", { class: "unseen" }, kind === "came" ? "came: " : "left: "), names) : null;
}

function entry(list) {
  const isSame = !list.came.length && !list.left.length;
  return el("li", {}, el("h4", {}, page(list.id, list.title)), named("came", list.came), named("left", list.left), isSame ? el("p", { class: "faint" }, "the same articles in another order") : null);
}

function articles(told) {
  const kinds = [["added", "added"], ["changed", "changed"], ["deleted", "deleted"]];
  if (!told.added) return el("p", { class: "faint" }, "Which articles were written since is no longer known: the change log begins later.");
  const parts = kinds.map(([kind, said]) => [told[kind], said]).filter(([{ count: number }]) => number);
  if (!parts.length) return el("p", { class: "faint" }, "No article was written or deleted since.");
  return parts.map(([{ count: number, ids }, said]) => {
    const names = ids.flatMap((id, place) => [place ? ", " : "", said === "deleted" ? id : page(id, id)]);
    const rest = number > ids.length ? ` and ${(number - ids.length).toLocaleString("en")} more` : "";
    return el("details", {}, el("summary", {}, `${count(number, "article", "articles")} ${said}`), el("p", {}, names, rest));
  });
}

/** Make the section in `root`; calls `fail(error)` with problems. */
export function changes({ root, fail }) {
  const choice = el("select", { id: "since", onchange: () => show() });
  const told = el("div", {});
  let isStale = true;
  root.replaceChildren(el("p", { class: "since" }, el("label", { for: "since" }, "Since"), choice), told);

  async function show() {
    if (!choice.options.length) return told.replaceChildren(el("p", { class: "faint" }, "There is one computation so far; what changes is shown from the second on."));
    isStale = false;
    const since = choice.value;
    try {
      const answer = await readOverviewChanges(new URLSearchParams({ since, limit: PAGE }));
      if (since !== choice.value) return null;
      const lists = el("ul", { class: "changed" }, answer.lists.map(entry));
      const what = answer.differentLists ? `${count(answer.differentLists, "list differs", "lists differ")} from those of revision ${answer.comparedWith.revision.toLocaleString("en")}.` : "No list differs.";
      told.replaceChildren(...[articles(answer)].flat(), el("p", { class: "faint" }, what), lists);
      if (answer.cursor) told.append(next(lists, answer.cursor, since));
    } catch (error) {
      isStale = true;
      fail(error, show);
    }
    return null;
  }

  function next(lists, cursor, since) {
    const button = el("button", { type: "button" }, "Show more");
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
      choice.replaceChildren(...options.map((each) => el("option", { value: each.revision }, `revision ${each.revision.toLocaleString("en")}, computed ${new Date(each.computedAt).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" })}`)));
      if (seen.has(Number(before))) choice.value = before;
      choice.parentElement.hidden = !options.length;
      isStale = true;
      if (isOpen) show();
    },
    /** Show what changed, if that is not on the page yet. */
    show: () => (isStale ? show() : null),
  };
}
