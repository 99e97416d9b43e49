// The values that a list can be filtered by: topics, providers and languages of the collection.

import { readArticles } from "./api.js";
import { el } from "./dom.js";
import { named, number } from "./texts.js";

export const FIELDS = Object.fromEntries(["topic", "provider", "language"].map((name) => [name, named("field", name)]));
const MOST = 50;
let asked = null;

/** Read the commonest values of each field, once. */
function values() {
  asked ??= readArticles({ limit: 1, facets: MOST }).then((page) => page.facets);
  asked.catch(() => (asked = null));
  return asked;
}

/** Let `input` suggest the commonest values of a field once it is used; returns what to put on the page. */
export function offerValues(input, name) {
  const offered = el("datalist", { id: `${input.id}-values` });
  input.addEventListener("focus", async () => {
    const found = await values().catch(() => null); // one can type a value all the same
    if (!found?.[name]?.length) return;
    offered.replaceChildren(...found[name].map((each) => el("option", { value: each.value }, `${each.name} (${number(each.count)})`)));
    input.setAttribute("list", offered.id);
  });
  return [input, offered];
}
