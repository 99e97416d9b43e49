// The demo shows the article in the address, else the first one with related articles.

const id = new URLSearchParams(location.search).get("id");
const key = sessionStorage.getItem("related-key");
const headers = key ? { Authorization: `Bearer ${key}` } : {};
const TRIED = 12;

async function ask(path) {
  const response = await fetch(path, { headers });
  const told = await response.json();
  if (!response.ok) throw new Error(`${told.title}: ${told.detail ?? response.status}`);
  return told;
}

async function pick() {
  const { points } = await ask("/v1/map");
  for (const point of points.slice(-TRIED)) {
    const { related } = await ask(`/v1/articles/${encodeURIComponent(point.id)}/related`);
    if (related.length) return point.id;
  }
  return points[0]?.id;
}

async function tell() {
  const article = await ask(`/v1/articles/${encodeURIComponent(id)}`);
  document.getElementById("title").textContent = article.title;
  document.getElementById("excerpt").textContent = article.excerpt ?? "";
}

function failed(error) {
  document.getElementById("title").textContent = "No article can be shown";
  document.getElementById("excerpt").textContent = error.message;
}

const quoted = (text) => text.replaceAll("&", "&amp;").replaceAll('"', "&quot;");

function example(article) {
  document.getElementById("example").textContent =
    `<div data-related data-article="${quoted(article)}"></div>\n<script src="${location.origin}/widget.js" defer></script>`;
}

if (id) {
  // This must run before the widget's script looks for its elements.
  for (const host of document.querySelectorAll("[data-related]")) {
    host.dataset.article = id;
    if (key) host.dataset.key = key;
  }
  document.getElementById("to-explorer").href = `/?${new URLSearchParams({ id })}`;
  example(id);
  tell().catch(failed);
} else {
  for (const host of document.querySelectorAll("[data-related]")) host.removeAttribute("data-related");
  example("ID");
  pick()
    .then((found) => (found ? location.replace(`?${new URLSearchParams({ id: found })}`) : failed(new Error("the collection is empty"))))
    .catch(failed);
}
