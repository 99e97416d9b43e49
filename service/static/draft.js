// The form for a draft: an article that is not stored. What is typed stays in this tab, over a reload too.

import { byId } from "./dom.js";

const KEPT = "related-draft";
const FIELDS = ["title", "text", "date", "topics", "provider", "language"];

function typed() {
  return Object.fromEntries(FIELDS.map((name) => [name, byId(`draft-${name}`).value.trim()]));
}

/** The article of what is typed; fields that are empty are left out. */
function article({ title, text, date, topics, provider, language }) {
  const named = topics.split(",").map((topic) => topic.trim()).filter(Boolean);
  return {
    title,
    ...(text && { body: text }),
    ...(date && { publishedDateTime: `${date}T00:00:00Z` }),
    ...(named.length && { topics: named }),
    ...(provider && { provider: { name: provider } }),
    ...(language && { language }),
  };
}

/** Set up the form; calls `submit(article)` when related articles are asked for. */
export function draftForm(submit) {
  const form = byId("draft");
  const fields = JSON.parse(sessionStorage.getItem(KEPT) ?? "{}");
  for (const name of FIELDS) byId(`draft-${name}`).value = fields[name] ?? "";

  function open(isOpen) {
    form.hidden = !isOpen;
    byId("write").setAttribute("aria-expanded", String(isOpen));
  }

  form.addEventListener("input", () => sessionStorage.setItem(KEPT, JSON.stringify(typed())));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit(article(typed()));
  });
  byId("write").addEventListener("click", () => {
    open(form.hidden);
    if (!form.hidden) byId("draft-title").focus();
  });
  byId("clear-draft").addEventListener("click", () => {
    form.reset();
    sessionStorage.removeItem(KEPT);
    byId("draft-title").focus();
  });
  return { open };
}
