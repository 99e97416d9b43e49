// The story of the chosen article as a timeline; nothing is shown where an article stands alone.

import { readStory } from "./api.js";
import { el, link } from "./dom.js";

const AROUND = 3; // How many articles before and after this one are shown at first.
const ROLES = { earlier: "earlier", this: "this article", copy: "copy", update: "update", later: "later" };
const SEEN = ["this", "copy", "update"]; // The order of the list tells the others apart.

function day(iso, options) {
  const moment = iso ? new Date(iso) : null;
  if (!moment || Number.isNaN(moment.valueOf())) return null;
  return moment.toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC", ...options });
}

function row(item, choose) {
  const date = day(item.publishedDateTime);
  const isThis = item.role === "this";
  const when = date ? el("time", { datetime: item.publishedDateTime }, date) : "no date";
  const role = el("span", { class: SEEN.includes(item.role) ? "role" : "unseen" }, ROLES[item.role]);
  const title = isThis
    ? link(item.webUrl, item.title)
    : el("button", { type: "button", class: "title", onclick: () => choose(item.id) }, item.title);
  const provider = item.provider?.name || item.provider?.domain;
  return el(
    "li",
    { class: item.role, "data-id": item.id, "aria-current": isThis ? "true" : null },
    el("p", { class: "when" }, el("span", {}, when)),
    el("div", {}, el("p", { class: "what" }, title), el("p", { class: "who" }, role, provider ? [" ", el("span", {}, provider)] : null)),
  );
}

function span(items) {
  const days = items.map((item) => day(item.publishedDateTime)).filter(Boolean);
  if (!days.length) return "";
  return days[0] === days.at(-1) ? `, ${days[0]}` : `, ${days[0]} to ${days.at(-1)}`;
}

function render(story, choose) {
  const own = story.articles.findIndex((item) => item.role === "this");
  const rows = story.articles.map((item) => row(item, choose));
  const far = rows.filter((_, place) => Math.abs(place - own) > AROUND);
  const list = el("ol", { id: "timeline", class: "timeline" }, rows);
  const label = story.label.length ? el("span", { class: "label" }, story.label.join(" · ")) : null;
  const told = el("p", { class: "faint" }, `${story.count} articles${span(story.articles)}`);
  const cut = (count, what) => (count ? `${count.toLocaleString("en")} ${what}` : null);
  const left = [cut(story.before, "earlier"), cut(story.after, "later")].filter(Boolean).join(" and ");
  const note = left ? el("p", { class: "faint" }, `${left} articles are not listed here.`) : null;
  const toggle = el("button", { type: "button", class: "quiet", "aria-controls": "timeline" });
  const open = (all) => {
    for (const each of far) each.hidden = !all;
    // A day is named once for the eye, and for each article to a screen reader.
    let last = null;
    for (const each of rows.filter((found) => !found.hidden)) {
      const date = each.querySelector(".when span");
      date.classList.toggle("unseen", date.textContent === last);
      last = date.textContent;
    }
    if (note) note.hidden = !all;
    toggle.setAttribute("aria-expanded", String(all));
    toggle.textContent = all ? "Show fewer" : `Show all ${story.articles.length}`;
  };
  toggle.addEventListener("click", () => open(toggle.getAttribute("aria-expanded") !== "true"));
  open(!far.length);
  return [el("h3", { id: "story-title" }, "The story ", label), told, list, note, far.length ? toggle : null].filter(Boolean);
}

/** Keep a section with the story of the article that was shown last. */
export function timeline({ section, choose }) {
  let wanted = null;
  return {
    async show(id) {
      if (id === wanted) return;
      wanted = id;
      section.hidden = true;
      section.replaceChildren();
      if (!id) return;
      try {
        const story = await readStory(id);
        if (id !== wanted || story.count < 2) return;
        section.replaceChildren(...render(story, choose));
        section.hidden = false;
      } catch {
        // The page itself says what is wrong, and asks again with a key.
        if (id === wanted) wanted = null;
      }
    },
  };
}
