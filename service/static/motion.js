// Animation of list changes, unless the user prefers reduced motion.

const calm = matchMedia("(prefers-reduced-motion: reduce)");
const MOVE = { duration: 260, easing: "cubic-bezier(.2,.7,.2,1)" };

const tops = (root) => new Map([...root.querySelectorAll("[data-id]")].map((node) => [node.dataset.id, node.getBoundingClientRect().top]));

/** Replace the children of `root`; items that were there before glide from their old position. */
export function replace(root, ...nodes) {
  const before = tops(root);
  root.replaceChildren(...nodes.filter(Boolean));
  if (calm.matches || !before.size) return;
  for (const node of root.querySelectorAll("[data-id]")) {
    const by = before.get(node.dataset.id) - node.getBoundingClientRect().top;
    if (by) node.animate([{ transform: `translateY(${by}px)` }, { transform: "none" }], MOVE);
    else if (!before.has(node.dataset.id)) node.animate([{ opacity: 0 }, { opacity: 1 }], MOVE);
  }
}
