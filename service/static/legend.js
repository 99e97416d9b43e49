// The legend of the map, and its description in words.

import { el } from "./dom.js";

const count = (map, topic) => map.points.filter((point) => point.topic === topic).length;

/** Create a button for each topic; calls `highlight(topic)` with the selected one, or null. */
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

/** Describe the map for screen readers: its topics, and how close the related articles are. */
export function inWords(map, answer, choose) {
  const counts = map.topics.map((name, topic) => `${name} ${count(map, topic)}`);
  const told = [el("p", {}, `${map.points.length} of ${map.articles} articles. By topic: ${counts.join(", ") || "none"}.`)];
  const asked = answer && map.points.find((point) => point.id === answer.article.id);
  if (!asked) return told;
  const away = (point) => Math.hypot(point.x - asked.x, point.y - asked.y);
  const nearest = [...map.points].sort((one, other) => away(one) - away(other)).map((point) => point.id);
  const items = answer.related.map((item) => {
    const rank = nearest.filter((id) => id !== asked.id).indexOf(item.id) + 1;
    const where = rank === 1 ? " – the closest on the map" : ` – number ${rank} by distance on the map`;
    return el("li", {}, el("button", { type: "button", class: "title", onclick: () => choose(item.id) }, item.title), rank ? where : "");
  });
  return [...told, el("p", {}, "Related articles, marked on the map:"), el("ol", {}, items)];
}
