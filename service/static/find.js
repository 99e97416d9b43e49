// The search field: a combobox that finds while one types; empty, it shows the newest articles.

import { readArticles, search } from "./api.js";
import { date, debounce, el, marked } from "./dom.js";
import { t } from "./texts.js";

const SHOWN = 8;
const TYPED_IN = "input, textarea, select, [contenteditable]";

/** Make `input` and `list` a combobox; calls `choose(id, result)` with the selected article and `fail(error)` with problems. */
export function combobox({ input, list, say, choose, fail }) {
  let results = [];
  let active = -1;
  let asked = null;

  function show(open) {
    list.hidden = !open;
    input.setAttribute("aria-expanded", String(open));
    if (!open) activate(-1);
  }

  function activate(place) {
    active = place;
    [...list.children].forEach((option, at) => option.setAttribute("aria-selected", String(at === place)));
    if (place < 0) input.removeAttribute("aria-activedescendant");
    else input.setAttribute("aria-activedescendant", list.children[place].id);
    list.children[place]?.scrollIntoView({ block: "nearest" });
  }

  function take(place) {
    const chosen = results[place];
    if (!chosen) return;
    asked?.abort();
    input.value = "";
    results = [];
    show(false);
    choose(chosen.id, chosen);
  }

  function option(result, place) {
    const provider = result.provider?.name || result.provider?.domain;
    const about = [provider ? el("bdi", {}, provider) : null, date(result.publishedDateTime)].filter(Boolean);
    const node = el(
      "li",
      { id: `${list.id}-${place}`, role: "option", "aria-selected": "false" },
      el("span", { dir: "auto" }, result.marked ? marked(result.marked.title) : result.title),
      about.length ? el("small", {}, about.flatMap((each, at) => (at ? [" · ", each] : [each]))) : null,
      result.marked?.text.length ? el("small", { class: "snippet", dir: "auto", "aria-hidden": "true" }, marked(result.marked.text)) : null,
    );
    // Keep the focus in the field.
    node.addEventListener("mousedown", (event) => event.preventDefault());
    node.addEventListener("click", () => take(place));
    return node;
  }

  const nothing = (query) =>
    el("li", { class: "none", role: "option", "aria-disabled": "true" }, query ? t("find.none", { query }) : t("no-articles"));

  async function suggest() {
    if (document.activeElement !== input) return;
    asked?.abort();
    asked = new AbortController();
    const { signal } = asked;
    const query = input.value.trim();
    try {
      const found = query ? (await search(query, SHOWN, signal)).results : (await readArticles({ limit: SHOWN, facets: 0 }, signal)).articles;
      // The newest articles are none of what is typed meanwhile.
      if (signal.aborted || (!query && input.value.trim())) return;
      // What the arrow keys had reached stays chosen if it is found again.
      const reached = results[active]?.id;
      results = found;
      list.classList.toggle("recent", !query);
      list.dataset.heading = t("find.newest"); // drawn by the styles
      list.setAttribute("aria-label", t(query ? "find.found" : "find.newest"));
      list.replaceChildren(...(results.length ? results.map(option) : [nothing(query)]));
      activate(results.findIndex((result) => result.id === reached));
      say(query ? (results.length ? t("find.count", { count: results.length }) : t("find.nothing")) : t("find.newest-count", { count: results.length }));
      show(true);
    } catch (error) {
      if (error.name !== "AbortError") fail(error);
    }
  }

  const soon = debounce(suggest, 80);
  input.addEventListener("input", () => {
    if (list.classList.contains("recent")) show(false);
    soon();
  });
  input.addEventListener("focus", () => (results.length && input.value.trim() ? show(true) : suggest()));
  input.addEventListener("blur", () => {
    asked?.abort();
    show(false);
  });
  input.addEventListener("keydown", async (event) => {
    const count = results.length;
    if (event.key === "Escape") {
      // The first one closes the list and keeps what was typed, the next one clears the field: the browser would do both
      // at once, and ask for the newest articles.
      event.preventDefault();
      soon.cancel();
      asked?.abort();
      if (list.hidden) {
        input.value = "";
        results = [];
      }
      show(false);
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (active < 0 && !input.value.trim()) return;
      soon.cancel();
      if (active < 0) await suggest();
      take(Math.max(active, 0));
    } else if (count && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      const from = list.hidden ? -1 : active;
      show(true);
      activate(from < 0 ? (step > 0 ? 0 : count - 1) : (from + step + count) % count);
    }
  });
}

/** Let the key / lead to a field, wherever nothing is typed. */
export function focusWithSlash(input) {
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.(TYPED_IN)) return;
    event.preventDefault();
    input.focus();
    input.select();
  });
}
