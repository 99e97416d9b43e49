// Requests to the service.

const KEY = "related-key";
const articles = new Map();

/** A problem document (RFC 9457) as an error. */
export class Problem extends Error {
  constructor(told) {
    super(told.title);
    this.told = told;
  }
}

/** Keep the key until the tab is closed. */
export function keepKey(key) {
  sessionStorage.setItem(KEY, key);
  articles.clear();
}

async function ask(path, { method = "GET", body, signal, isText = false } = {}) {
  const headers = {};
  const key = sessionStorage.getItem(KEY);
  if (key) headers.Authorization = `Bearer ${key}`;
  if (body) headers["Content-Type"] = "application/json";
  let response;
  try {
    response = await fetch(path, { method, headers, body: body && JSON.stringify(body), signal });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem({ title: "The service cannot be reached", detail: "no answer", hint: "try again in a moment" });
  }
  const told = await (isText && response.ok ? response.text() : response.json()).catch(() => null);
  if (!response.ok) throw new Problem({ title: `The service answered ${response.status}`, ...told, status: response.status });
  return told;
}

export const readStatus = () => ask("/v1/status");

export const search = (query, signal) => ask(`/v1/search?${new URLSearchParams({ q: query, limit: 8 })}`, { signal });

export const readRelated = (id, options, signal) =>
  ask(`/v1/articles/${encodeURIComponent(id)}/related?${options}`, { signal });

export const readRelatedOfDraft = (draft, options, signal) =>
  ask(`/v1/related?${options}`, { method: "POST", body: draft, signal });

export const readMap = (include) => ask(`/v1/map?${new URLSearchParams(include.map((id) => ["include", id]))}`);

/** Read a stored article; each is requested once. */
export function readArticle(id) {
  if (!articles.has(id)) {
    const asked = ask(`/v1/articles/${encodeURIComponent(id)}`);
    asked.catch(() => articles.delete(id));
    articles.set(id, asked);
  }
  return articles.get(id);
}

const judging = (...ids) => ["/v1/judging/articles", ...ids.map(encodeURIComponent)].join("/");

export const readProgress = () => ask("/v1/judging");

export const readPool = (query) => ask(judging(query));

export const writeGrade = (query, article, grade) => ask(judging(query, article), { method: "PUT", body: { grade } });

export const readQrels = () => ask("/v1/judging/qrels", { isText: true });
