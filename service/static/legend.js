// What the colours of the map mean, and what it shows, in words.

import { el } from "./dom.js";

const count = (map, topic) => map.points.filter((point) => point.topic === topic).length;

/** A button for each topic; `highlight(topic)` is called with the one that is to stand out, or null. */
export function legend(map, highlight) {
  const buttons = [];
  const entry = (topic, name) => {
    const points = count(map, topic);
    if (!points) return null;
    const dot = el("i", { class: topic < 0 ? "topic-none" : `topic-${topic % 9}` });
    const button = el("button", { type: "button", "aria-pressed": "false" }, dot, name, el("small", {}, String(points)));
    button.addEventListener("click", () => {
      const on = button.getAttribute("aria-pressed") !== "true";
      for (const other of buttons) other.setAttribute("aria-pressed", String(other === button && on));
      highlight(on ? topic : null);
    });
    buttons.push(button);
    return el("li", {}, button);
  };
  return [...map.topics.map((name, topic) => entry(topic, name)), entry(-1, "others")].filter(Boolean);
}

/** The map for those who do not see it: its topics, and how near to the article its related items lie. */
export function inWords(map, answer, choose) {
  const counts = map.topics.map((name, topic) => `${name} ${count(map, topic)}`);
  const told = [el("p", {}, `${map.points.length} of ${map.articles} articles. By topic: ${counts.join(", ") || "none"}.`)];
  const asked = answer && map.points.find((point) => point.id === answer.article.id);
  if (!asked) return told;
  const away = (point) => Math.hypot(point.x - asked.x, point.y - asked.y);
  const nearest = [...map.points].sort((one, other) => away(one) - away(other)).map((point) => point.id);
  const items = answer.related.map((item) => {
    const rank = nearest.filter((id) => id !== asked.id).indexOf(item.id) + 1;
    const where = rank === 1 ? " – the nearest on the map" : ` – number ${rank} by nearness on the map`;
    return el("li", {}, el("button", { type: "button", class: "title", onclick: () => choose(item.id) }, item.title), rank ? where : "");
  });
  return [...told, el("p", {}, "Related to the article, as marked:"), el("ol", {}, items)];
}
