// The story of the chosen article as a timeline; nothing is shown where an article stands alone.

import { readStory } from "./api.js";
import { el, link } from "./dom.js";
import { day, t } from "./texts.js";

const AROUND = 3; // How many articles before and after this one are shown at first.
const SEEN = ["this", "copy", "update"]; // The order of the list tells the others apart.

function row(item, choose) {
  const date = day(item.publishedDateTime, "short");
  const isThis = item.role === "this";
  const when = date ? el("time", { datetime: item.publishedDateTime }, date) : t("story.no-date");
  const role = el("span", { class: SEEN.includes(item.role) ? "role" : "unseen" }, t(`story.${item.role}`));
  const title = isThis
    ? link(item.webUrl, item.title)
    : el("button", { type: "button", class: "title", dir: "auto", onclick: () => choose(item.id) }, item.title);
  const provider = item.provider?.name || item.provider?.domain;
  return el(
    "li",
    { class: item.role, "data-id": item.id, "aria-current": isThis ? "true" : null },
    el("p", { class: "when" }, el("span", {}, when)),
    el("div", {}, el("p", { class: "what", dir: "auto" }, title), el("p", { class: "who" }, role, provider ? [" ", el("bdi", {}, provider)] : null)),
  );
}

/** Say how many articles there are, and from when to when. */
function extent({ count, articles }) {
  const days = articles.map((item) => day(item.publishedDateTime, "short")).filter(Boolean);
  const [first, last] = [days[0], days.at(-1)];
  if (!days.length) return t("articles", { count });
  return first === last ? t("story.on", { count, day: first }) : t("story.from-to", { count, first, last });
}

function render(story, choose) {
  const own = story.articles.findIndex((item) => item.role === "this");
  const rows = story.articles.map((item) => row(item, choose));
  const far = rows.filter((_, place) => Math.abs(place - own) > AROUND);
  const list = el("ol", { id: "timeline", class: "timeline" }, rows);
  const label = story.label.length ? el("span", { class: "label" }, story.label.join(" · ")) : null;
  const told = el("p", { class: "faint" }, extent(story));
  const cut = [["story.before", story.before], ["story.after", story.after]].filter(([, count]) => count);
  const note = cut.length ? el("p", { class: "faint" }, cut.map(([key, count]) => t(key, { count })).join(" ")) : null;
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
    toggle.textContent = all ? t("story.fewer") : t("story.all", { count: story.articles.length });
  };
  toggle.addEventListener("click", () => open(toggle.getAttribute("aria-expanded") !== "true"));
  open(!far.length);
  return [el("h3", { id: "story-title" }, t("story"), " ", label), told, list, note, far.length ? toggle : null].filter(Boolean);
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
