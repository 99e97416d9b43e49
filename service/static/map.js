// The map of the collection on a canvas: the article, its related articles, and all others in named clusters.

import { readArticle, readMap } from "./api.js";
import { byId, el } from "./dom.js";
import { gestures } from "./gestures.js";
import { choices, inWords, legend } from "./legend.js";
import { labels } from "./map_labels.js";
import { t } from "./texts.js";

const MARGIN = 36;
const BUTTONS = 28; // width of the zoom buttons
const REACH = 22;
const COLOURS = 9;
const MOST_STRETCHED = 1.7; // how much wider or higher than true the map may be drawn, to fill the canvas
const LEGIBLE = 24; // show titles where so few articles are in view
const REST_MS = 60; // do not load articles that the pointer only crosses
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** Set up the map; calls `choose(id)` with a selected article. */
export function atlas({ choose, fail }) {
  const canvas = byId("canvas");
  const tip = byId("tip");
  const pen = canvas.getContext("2d");
  let map = { points: [], clusters: [], fields: {}, articles: 0 };
  let byName = new Map();
  let marks = [];
  let view = { x: 0, y: 0, scale: 1, stretch: 1 };
  let by = "cluster";
  let groups = new Map(); // the points by what they are coloured by
  let pointed = null;
  let only = null;
  let size = { width: 0, height: 0 };
  let due = 0;
  let colours = {};

  const across = (point) => size.width / 2 + (point.x - view.x) * view.scale * view.stretch;
  const down = (point) => size.height / 2 - (point.y - view.y) * view.scale;
  const colour = (name) => colours[name] ??= getComputedStyle(canvas).getPropertyValue(name).trim();
  const hueOf = (value) => colour(value < 0 ? "--topic-none" : `--topic-${value % COLOURS}`);
  const hue = (point) => hueOf(point[by]);
  const find = (id) => byName.get(id);

  function fit() {
    const xs = map.points.map((point) => point.x);
    const ys = map.points.map((point) => point.y);
    if (!xs.length || !size.width) return;
    const [left, right] = [Math.min(...xs), Math.max(...xs)];
    const [low, high] = [Math.min(...ys), Math.max(...ys)];
    const fits = [(size.width - 2 * MARGIN - BUTTONS) / (right - left || 1), (size.height - 2 * MARGIN) / (high - low || 1)];
    const stretch = Math.max(1 / MOST_STRETCHED, Math.min(MOST_STRETCHED, fits[0] / fits[1]));
    const scale = Math.min(fits[0] / stretch, fits[1]);
    view = { x: (left + right) / 2 + BUTTONS / 2 / scale / stretch, y: (low + high) / 2, scale, stretch };
    redraw();
  }

  function redraw() {
    due ||= requestAnimationFrame(() => {
      due = 0;
      draw();
    });
  }

  function shape(x, y, radius) {
    pen.moveTo(x + radius, y);
    if (radius < 2) pen.rect(x - radius, y - radius, 2 * radius, 2 * radius);
    else pen.arc(x, y, radius, 0, 2 * Math.PI);
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
    const radius = map.points.length > 5000 ? 1.6 : map.points.length > 800 ? 2.5 : 4.5;
    const marked = new Set(marks);
    const others = [];
    // One path for each colour: a path for each of 20,000 points would take longer than a frame.
    for (const [value, points] of groups) {
      pen.globalAlpha = only !== null && value !== only ? 0.12 : only === null && marks.length ? 0.55 : 0.9;
      pen.fillStyle = hueOf(value);
      pen.beginPath();
      for (const point of points) {
        const [x, y] = [across(point), down(point)];
        if (x < -radius || y < -radius || x > size.width + radius || y > size.height + radius || marked.has(point.id)) continue;
        if (others.length <= LEGIBLE) others.push(point);
        shape(x, y, radius);
      }
      pen.fill();
    }
    pen.globalAlpha = 1;
    titles.draw(pen, { map, by, only, others, across, down, size, ink: colour("--ink"), paper: colour("--paper"), legible: LEGIBLE });
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
      const cluster = map.clusters[at.cluster]?.terms[0];
      tip.replaceChildren(el("span", { dir: "auto" }, article.title), el("small", {}, [article.provider?.name, cluster].filter(Boolean).join(" · ")));
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
    const [dx, dy] = [(x - size.width / 2) / view.stretch, size.height / 2 - y];
    view = { ...view, x: view.x + dx / view.scale - dx / scale, y: view.y + dy / view.scale - dy / scale, scale };
    place();
    redraw();
  }

  function pan(dx, dy) {
    view = { ...view, x: view.x - dx / view.scale / view.stretch, y: view.y + dy / view.scale };
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

  const titles = labels(redraw);

  /** Highlight the articles of one value of what the map is coloured by; null for all. */
  function highlight(value) {
    only = value;
    redraw();
  }

  function colourBy(name) {
    by = name;
    only = null;
    groups = Map.groupBy(map.points, (point) => point[by]);
    byId("legend").replaceChildren(...legend(map, by, highlight));
    redraw();
  }
  byId("map-by").addEventListener("change", (event) => colourBy(event.target.value));

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
        byName = new Map(map.points.map((point) => [point.id, point]));
        if (before.points.length !== map.points.length) fit();
        const known = choices(map);
        const chosen = known.some(([name]) => name === by) ? by : known[0][0];
        const choice = ([value, said]) => el("label", {}, el("input", { type: "radio", name: "map-by", value, checked: value === chosen }), said);
        byId("map-by").replaceChildren(...known.map(choice));
        byId("map-sketch").hidden = !map.isSketch;
        colourBy(chosen);
      }
      const articles = map.points.length;
      const marked = answer && { articles, title: answer.article.title, count: answer.related.length };
      canvas.setAttribute("aria-label", marked ? t("map.label-marked", marked) : t("map.label", { count: articles }));
      byId("map-words").replaceChildren(...inWords(map, answer, choose));
      redraw();
    },
  };
}
