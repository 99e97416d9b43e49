// The map of the collection on a canvas: the article, its related articles, and all others by topic.

import { readArticle, readMap } from "./api.js";
import { byId, el } from "./dom.js";
import { gestures } from "./gestures.js";
import { inWords, legend } from "./legend.js";

const MARGIN = 36;
const BUTTONS = 28; // width of the zoom buttons
const REACH = 22;
const COLOURS = 9;
const REST_MS = 60; // do not load articles that the pointer only crosses
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** Set up the map; calls `choose(id)` with a selected article. */
export function atlas({ choose, fail }) {
  const canvas = byId("canvas");
  const tip = byId("tip");
  const pen = canvas.getContext("2d");
  let map = { points: [], topics: [], articles: 0 };
  let marks = [];
  let view = { x: 0, y: 0, scale: 1 };
  let pointed = null;
  let only = null;
  let size = { width: 0, height: 0 };
  let due = 0;
  let colours = {};

  const across = (point) => size.width / 2 + (point.x - view.x) * view.scale;
  const down = (point) => size.height / 2 - (point.y - view.y) * view.scale;
  const colour = (name) => colours[name] ??= getComputedStyle(canvas).getPropertyValue(name).trim();
  const hue = (point) => colour(point.topic < 0 ? "--topic-none" : `--topic-${point.topic % COLOURS}`);
  const find = (id) => map.points.find((point) => point.id === id);

  function fit() {
    const xs = map.points.map((point) => point.x);
    const ys = map.points.map((point) => point.y);
    if (!xs.length || !size.width) return;
    const [left, right] = [Math.min(...xs), Math.max(...xs)];
    const [low, high] = [Math.min(...ys), Math.max(...ys)];
    const scale = Math.min((size.width - 2 * MARGIN - BUTTONS) / (right - left || 1), (size.height - 2 * MARGIN) / (high - low || 1));
    view = { x: (left + right) / 2 + BUTTONS / 2 / scale, y: (low + high) / 2, scale };
    redraw();
  }

  function redraw() {
    due ||= requestAnimationFrame(() => {
      due = 0;
      draw();
    });
  }

  function dot(point, radius, fill, alpha = 1) {
    pen.globalAlpha = alpha;
    pen.fillStyle = fill;
    pen.beginPath();
    pen.arc(across(point), down(point), radius, 0, 2 * Math.PI);
    pen.fill();
    pen.globalAlpha = 1;
  }

  function ring(point, radius, stroke, width = 2) {
    pen.strokeStyle = stroke;
    pen.lineWidth = width;
    pen.beginPath();
    pen.arc(across(point), down(point), radius, 0, 2 * Math.PI);
    pen.stroke();
  }

  function draw() {
    colours = {};
    const ratio = devicePixelRatio || 1;
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, size.width, size.height);
    const radius = map.points.length > 800 ? 2.5 : 4.5;
    const marked = new Set(marks);
    for (const point of map.points) {
      if (marked.has(point.id)) continue;
      const fades = only !== null ? point.topic !== only : marks.length > 0;
      dot(point, radius, hue(point), fades && only !== null ? 0.12 : fades ? 0.55 : 0.9);
    }
    const [asked, ...related] = marks.map(find);
    if (asked) {
      pen.strokeStyle = colour("--ink");
      pen.globalAlpha = 0.25;
      pen.lineWidth = 1;
      for (const point of related.filter(Boolean)) {
        pen.beginPath();
        pen.moveTo(across(asked), down(asked));
        pen.lineTo(across(point), down(point));
        pen.stroke();
      }
      pen.globalAlpha = 1;
    }
    [...related.entries()].reverse().forEach(([place, point]) => point && number(point, place + 1));
    if (asked) {
      dot(asked, 8, colour("--paper"));
      dot(asked, 6, colour("--ink"));
      ring(asked, 11, colour("--ink"), 1.5);
    }
    if (pointed) ring(pointed, marked.has(pointed.id) ? 13 : radius + 4, colour("--accent"));
  }

  function number(point, text) {
    dot(point, 10.5, colour("--paper"));
    dot(point, 9, hue(point));
    pen.fillStyle = colour("--on-topic");
    pen.font = "600 11px system-ui, sans-serif";
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.fillText(text, across(point), down(point) + 0.5);
  }

  function nearest(x, y) {
    let best = null;
    let least = REACH;
    for (const point of map.points) {
      const away = Math.hypot(across(point) - x, down(point) - y) - (marks.includes(point.id) ? 6 : 0);
      if (away < least) [best, least] = [point, away];
    }
    return best;
  }

  async function point(at, { speak = false } = {}) {
    if (at === pointed && !speak) return;
    pointed = at;
    canvas.classList.toggle("over", Boolean(at));
    redraw();
    tip.hidden = true;
    if (!at) return;
    if (!speak) await new Promise((rested) => setTimeout(rested, REST_MS));
    if (pointed !== at) return;
    try {
      const article = await readArticle(at.id);
      if (pointed !== at) return;
      const topic = map.topics[at.topic];
      tip.replaceChildren(article.title, el("small", {}, [article.provider?.name, topic].filter(Boolean).join(" · ")));
      if (speak) byId("map-said").textContent = article.title;
      place();
    } catch (error) {
      fail(error);
    }
  }

  function place() {
    if (!pointed || !tip.hasChildNodes()) return;
    tip.hidden = false;
    const width = tip.offsetWidth;
    const x = Math.max(8, Math.min(size.width - width - 8, across(pointed) - width / 2));
    const above = down(pointed) - tip.offsetHeight - 16;
    tip.style.transform = `translate(${x}px, ${above > 4 ? above : down(pointed) + 16}px)`;
  }

  function zoom(factor, x = size.width / 2, y = size.height / 2) {
    const scale = Math.max(20, Math.min(2e5, view.scale * factor));
    const [dx, dy] = [x - size.width / 2, size.height / 2 - y];
    view = { x: view.x + dx / view.scale - dx / scale, y: view.y + dy / view.scale - dy / scale, scale };
    place();
    redraw();
  }

  function pan(dx, dy) {
    view = { ...view, x: view.x - dx / view.scale, y: view.y + dy / view.scale };
    place();
    redraw();
  }

  // Go to the closest point in a direction; sideways distance counts double.
  function step([right, below]) {
    const from = pointed ?? find(marks[0]) ?? map.points[0];
    if (!from) return;
    let best = null;
    let least = Infinity;
    for (const to of map.points) {
      const [dx, dy] = [across(to) - across(from), down(to) - down(from)];
      const ahead = dx * right + dy * below;
      const aside = Math.abs(dx * below - dy * right);
      if (to === from || ahead <= 0.01 || aside > 2 * ahead) continue;
      if (ahead + 2 * aside < least) [best, least] = [to, ahead + 2 * aside];
    }
    if (!best) return;
    const [x, y] = [across(best), down(best)];
    if (x < MARGIN || y < MARGIN || x > size.width - MARGIN || y > size.height - MARGIN) pan(size.width / 2 - x, size.height / 2 - y);
    point(best, { speak: true });
  }

  /** Highlight the articles of one topic; null for all. */
  function highlight(topic) {
    only = topic;
    redraw();
  }

  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (ARROWS[event.key]) step(ARROWS[event.key]);
    else if (event.key === "Enter" && pointed) choose(pointed.id);
    else if (event.key === "+" || event.key === "=") zoom(1.4);
    else if (event.key === "-") zoom(1 / 1.4);
    else if (event.key === "0") fit();
    else if (event.key === "Escape") point(null);
    else return;
    event.preventDefault();
  });
  canvas.addEventListener("focus", () => canvas.matches(":focus-visible") && !pointed && point(find(marks[0]) ?? null, { speak: true }));
  canvas.addEventListener("blur", () => point(null));
  gestures(canvas, {
    pan,
    zoom,
    hover: (x, y) => point(nearest(x, y)),
    leave: () => document.activeElement !== canvas && point(null),
    tap: (x, y) => {
      const at = nearest(x, y);
      if (at) choose(at.id);
    },
  });
  byId("zoom-in").addEventListener("click", () => zoom(1.5));
  byId("zoom-out").addEventListener("click", () => zoom(1 / 1.5));
  byId("zoom-all").addEventListener("click", fit);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  new ResizeObserver(() => {
    const first = !size.width;
    size = { width: canvas.clientWidth, height: canvas.clientHeight };
    const ratio = devicePixelRatio || 1;
    [canvas.width, canvas.height] = [size.width * ratio, size.height * ratio];
    if (first) fit();
    else draw();
  }).observe(canvas);

  return {
    /** Show the map and mark the articles of an answer, if there is one. */
    async show(answer) {
      const include = answer ? [answer.article.id, ...answer.related.map((item) => item.id)] : [];
      marks = include;
      if (!map.points.length || include.some((id) => id && !find(id))) {
        const before = map;
        map = await readMap(include.filter(Boolean));
        if (before.points.length !== map.points.length) fit();
        only = null;
        byId("legend").replaceChildren(...legend(map, highlight));
      }
      const of = answer ? `, with “${answer.article.title}” and ${answer.related.length} related articles marked` : "";
      canvas.setAttribute("aria-label", `Map of ${map.points.length} articles${of}`);
      byId("map-words").replaceChildren(...inWords(map, answer, choose));
      redraw();
    },
  };
}
