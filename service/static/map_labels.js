// Labels on the map: names of clusters, and titles of articles where few are in view.

import { readArticle } from "./api.js";
import { nameOf } from "./legend.js";

const REST_MS = 250; // load titles when the map has come to rest
const LONGEST = 44; // characters of a title
const HALO = 3;

const shorten = (text) => (text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text);

/** Labels that load the titles they need, and then call `redraw()`. */
export function labels(redraw) {
  const titles = new Map();
  let timer;

  function load(points) {
    clearTimeout(timer);
    const missing = points.filter((point) => !titles.has(point.id));
    if (!missing.length) return;
    timer = setTimeout(async () => {
      // A title that cannot be had is asked for again the next time.
      await Promise.allSettled(missing.map(async ({ id }) => titles.set(id, shorten((await readArticle(id)).title))));
      redraw();
    }, REST_MS);
  }

  return {
    draw(pen, { map, by, only, others, across, down, size, ink, paper, legible }) {
      const taken = [];
      const write = (text, x, y, font) => {
        pen.font = font;
        const width = pen.measureText(text).width;
        const left = Math.max(4, Math.min(size.width - width - 4, x - width / 2));
        const box = [left, y - 9, left + width, y + 9];
        if (taken.some((other) => box[0] < other[2] && other[0] < box[2] && box[1] < other[3] && other[1] < box[3])) return;
        taken.push(box);
        pen.lineWidth = HALO;
        pen.strokeStyle = paper;
        pen.strokeText(text, left, y);
        pen.fillStyle = ink;
        pen.fillText(text, left, y);
      };
      pen.textAlign = "left";
      pen.textBaseline = "middle";
      pen.lineJoin = "round";
      if (others.length <= legible) {
        load(others);
        for (const point of others) if (titles.has(point.id)) write(titles.get(point.id), across(point), down(point) - 13, "12px system-ui, sans-serif");
      } else if (by === "cluster") {
        map.clusters.forEach((cluster, at) => {
          const [x, y] = [across(cluster), down(cluster)];
          const isShown = (only === null || only === at) && cluster.terms.length && x > 0 && y > 0 && x < size.width && y < size.height;
          if (isShown) write(nameOf(cluster), x, y, "600 13px system-ui, sans-serif");
        });
      }
    },
  };
}
