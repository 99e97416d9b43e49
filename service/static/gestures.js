// Translates wheel, drag and pinch into pan(dx, dy), zoom(factor, x, y), hover(x, y) and tap(x, y).

const SLACK = 5;

function placeOf(node, event) {
  const box = node.getBoundingClientRect();
  return { x: event.clientX - box.left, y: event.clientY - box.top };
}

export function gestures(node, { pan, zoom, hover, tap, leave }) {
  const pointers = new Map();
  let travelled = 0;

  const spread = () => {
    const [one, other] = [...pointers.values()];
    return { x: (one.x + other.x) / 2, y: (one.y + other.y) / 2, apart: Math.hypot(one.x - other.x, one.y - other.y) };
  };

  node.addEventListener("wheel", (event) => {
    event.preventDefault();
    const { x, y } = placeOf(node, event);
    zoom(Math.exp(-event.deltaY * (event.deltaMode === 1 ? 0.05 : 0.0018)), x, y);
  }, { passive: false });

  node.addEventListener("pointerdown", (event) => {
    if (!pointers.size) travelled = 0;
    pointers.set(event.pointerId, placeOf(node, event));
    node.setPointerCapture(event.pointerId);
  });

  node.addEventListener("pointermove", (event) => {
    const place = placeOf(node, event);
    const last = pointers.get(event.pointerId);
    if (!last) return hover(place.x, place.y);
    const before = pointers.size === 2 ? spread() : null;
    pointers.set(event.pointerId, place);
    travelled += Math.hypot(place.x - last.x, place.y - last.y);
    if (before) {
      const now = spread();
      pan(now.x - before.x, now.y - before.y);
      if (before.apart) zoom(now.apart / before.apart, now.x, now.y);
    } else if (travelled > SLACK) pan(place.x - last.x, place.y - last.y);
  });

  const end = (event) => {
    const place = pointers.get(event.pointerId);
    pointers.delete(event.pointerId);
    if (place && event.type === "pointerup" && travelled <= SLACK && !pointers.size) tap(place.x, place.y);
  };
  node.addEventListener("pointerup", end);
  node.addEventListener("pointercancel", end);
  node.addEventListener("pointerleave", leave);
}
