// The search field: a combobox with suggestions and arrow keys.

import { search } from "./api.js";
import { debounce, el, webUrl } from "./dom.js";

/** Make `input` and `list` a combobox; calls `choose(id)` with the selected article and `fail(error)` with problems. */
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
    input.value = "";
    results = [];
    show(false);
    choose(chosen.id);
  }

  function option(result, place) {
    const url = webUrl(result.webUrl);
    const host = url ? new URL(url).hostname.replace(/^www\./, "") : result.id;
    const node = el("li", { id: `found-${place}`, role: "option", "aria-selected": "false" }, el("span", {}, result.title), el("small", {}, host));
    // Keep the focus in the field.
    node.addEventListener("mousedown", (event) => event.preventDefault());
    node.addEventListener("click", () => take(place));
    return node;
  }

  async function suggest() {
    asked?.abort();
    const query = input.value.trim();
    if (!query) {
      results = [];
      say("");
      return show(false);
    }
    asked = new AbortController();
    try {
      const found = await search(query, asked.signal);
      // What the arrow keys had reached stays chosen if it is found again.
      const reached = results[active]?.id;
      results = found.results;
      list.replaceChildren(...results.map(option));
      if (!results.length) list.append(el("li", { class: "none", role: "option", "aria-disabled": "true" }, `No article matches “${query}”.`));
      activate(results.findIndex((result) => result.id === reached));
      say(results.length ? `${results.length} found` : "Nothing found");
      show(document.activeElement === input);
    } catch (error) {
      if (error.name !== "AbortError") fail(error);
    }
  }

  input.addEventListener("input", debounce(suggest, 120));
  input.addEventListener("focus", () => results.length && show(true));
  input.addEventListener("blur", () => show(false));
  input.addEventListener("keydown", async (event) => {
    const count = results.length;
    if (event.key === "Escape") show(false);
    else if (event.key === "Enter") {
      event.preventDefault();
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
