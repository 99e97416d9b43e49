// The demo shows the article in the address, else the one of the newest whose list is the best.

const byId = (id) => document.getElementById(id);
const key = sessionStorage.getItem("related-key");
const NEWEST = 100;

async function ask(path, body) {
  const headers = { ...(key && { Authorization: `Bearer ${key}` }), ...(body && { "Content-Type": "application/json" }) };
  const response = await fetch(path, { headers, ...(body && { method: "POST", body: JSON.stringify(body) }) });
  const told = await response.json();
  if (!response.ok) throw new Error(`${told.title}: ${told.detail ?? response.status}`);
  return told;
}

const fullness = ({ related = [] }) => related.reduce((sum, item) => sum + item.score + (item.images?.length ? 0.1 : 0), 0);

async function pick() {
  const { articles } = await ask(`/v1/articles?limit=${NEWEST}&facets=0`);
  if (!articles.length) throw new Error("the collection is empty");
  const { answers } = await ask("/v1/related/batch", { articles: articles.map((article) => article.id) });
  const best = answers.reduce((best, answer, at) => (fullness(answer) > fullness(answers[best]) ? at : best), 0);
  return articles[best].id;
}

const loads = (src) =>
  new Promise((resolve) => {
    const image = new Image();
    image.onload = () => resolve(true);
    image.onerror = () => resolve(false);
    image.src = src;
  });

/** Whether the first picture of the list can be had; a site that is not on the web yet has none. */
async function pictured(id) {
  const { related } = await ask(`/v1/articles/${encodeURIComponent(id)}/related`);
  const src = related.flatMap((item) => item.images ?? []).map((image) => image.url)[0];
  return Boolean(src) && loads(src);
}

function failed(error) {
  byId("title").textContent = "No article can be shown";
  byId("excerpt").textContent = error.message;
}

const quoted = (text) => text.replaceAll("&", "&amp;").replaceAll('"', "&quot;");

function example(article) {
  byId("example").textContent =
    `<div data-related data-article="${quoted(article)}"></div>\n<script src="${location.origin}/widget.js" defer></script>`;
}

async function show(id) {
  byId("to-explorer").href = `/?${new URLSearchParams({ id })}`;
  example(id);
  const article = await ask(`/v1/articles/${encodeURIComponent(id)}`);
  byId("title").textContent = article.title;
  byId("excerpt").textContent = article.excerpt ?? "";
  const images = (await pictured(id)) ? "on" : "off";
  for (const host of document.querySelectorAll("[data-demo]")) {
    if (key) host.dataset.key = key;
    host.dataset.images = images;
    host.dataset.article = id;
    host.dataset.related = "";
  }
}

example("ID");
const asked = new URLSearchParams(location.search).get("id");
(asked ? Promise.resolve(asked) : pick().then((id) => (history.replaceState(null, "", `?${new URLSearchParams({ id })}`), id)))
  .then(show)
  .catch(failed);
