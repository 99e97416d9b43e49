// Requests to the service.

import { t } from "./texts.js";

const KEY = "related-key";
const articles = new Map();

/** A problem document (RFC 9457) as an error. */
export class Problem extends Error {
  constructor(told) {
    super(told.title);
    this.told = told;
  }
}

/** The key of this tab; null without one. */
export const savedKey = () => sessionStorage.getItem(KEY);

/** Keep the key until the tab is closed. */
export function keepKey(key) {
  sessionStorage.setItem(KEY, key);
  articles.clear();
}

async function ask(path, { method = "GET", body, signal, isText = false, headers: more = {} } = {}) {
  const headers = { ...more };
  const key = savedKey();
  if (key) headers.Authorization = `Bearer ${key}`;
  if (body) headers["Content-Type"] ??= "application/json";
  let response;
  try {
    response = await fetch(path, { method, headers, body: body && JSON.stringify(body), signal });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem({ title: t("problem.unreachable"), detail: t("problem.silent"), hint: t("problem.soon"), mayRetry: true });
  }
  const told = await (isText && response.ok ? response.text() : response.json()).catch(() => null);
  // What was aborted while its body was read is no answer.
  signal?.throwIfAborted();
  if (!response.ok) {
    const seconds = response.headers.get("retry-after");
    const wait = seconds && { hint: t("problem.wait", { count: Number(seconds) }), mayRetry: true };
    throw new Problem({ title: t("problem.status", { status: String(response.status) }), ...told, ...wait, status: response.status });
  }
  return told;
}

export const readStatus = () => ask("/v1/status");

export const search = (query, limit, signal) => ask(`/v1/search?${new URLSearchParams({ q: query, limit })}`, { signal });

/** Read a page of articles, the newest first; `params` are filters, `cursor`, `limit` and `facets`. */
export const readArticles = (params, signal) => ask(`/v1/articles?${new URLSearchParams(params)}`, { signal });

export const readRelated = (id, options, signal) =>
  ask(`/v1/articles/${encodeURIComponent(id)}/related?${options}`, { signal });

export const readRelatedOfDraft = (draft, options, signal) =>
  ask(`/v1/related?${options}`, { method: "POST", body: draft, signal });

const rulesOf = (id) => `/v1/articles/${encodeURIComponent(id)}/rules`;

export const readRules = (id) => ask(rulesOf(id));

/** Change the rules of an article, if nobody has since they had this number; `patch` is a JSON merge patch. */
export const changeRules = (id, patch, number, editor) =>
  ask(`${rulesOf(id)}?${new URLSearchParams(editor ? { editor } : {})}`, {
    method: "PATCH",
    body: patch,
    headers: { "If-Match": `"r${number}"`, "Content-Type": "application/merge-patch+json" },
  });

/** Read the list as other rules of the article would have it. */
export const previewRelated = (id, rules, options, signal) =>
  ask(`/v1/articles/${encodeURIComponent(id)}/related?${options}`, { method: "POST", body: { rules }, signal });

export const readStory = (id) => ask(`/v1/articles/${encodeURIComponent(id)}/story`);

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

export const readOverview = (signal) => ask("/v1/overview", { signal });

export const computeOverview = () => ask("/v1/overview", { method: "POST" });

export const readOverviewRows = (options, signal) => ask(`/v1/overview/articles?${options}`, { signal });

export const readOverviewCsv = (options) => ask(`/v1/overview/articles?${options}`, { isText: true });

export const readOverviewArticle = (id, signal) => ask(`/v1/overview/articles/${encodeURIComponent(id)}`, { signal });

export const readPublished = (id, signal) => ask(`/v1/articles/${encodeURIComponent(id)}/published`, { signal });

export const readOverviewChanges = (options) => ask(`/v1/overview/changes?${options}`);

const judging = (...ids) => ["/v1/judging/articles", ...ids.map(encodeURIComponent)].join("/");

export const readProgress = () => ask("/v1/judging");

export const readPool = (query) => ask(judging(query));

export const addQuery = (query) => ask(judging(query), { method: "PUT" });

export const writeGrade = (query, article, grade) => ask(judging(query, article), { method: "PUT", body: { grade } });

export const readQrels = () => ask("/v1/judging/qrels", { isText: true });

const REVIEW = "/v1/review";

export const readReview = () => ask(REVIEW);

/** Read some planned changes; `asked` has state, kind, offset and limit. */
export const readChanges = (asked) =>
  ask(`${REVIEW}/changes?${new URLSearchParams(Object.entries(asked).filter(([, value]) => value !== null))}`);

export const readWhy = (path) => ask(`${REVIEW}/changes/${encodeURIComponent(path)}`);

export const decide = (path, decision) =>
  ask(`${REVIEW}/changes/${encodeURIComponent(path)}`, { method: "PUT", body: { decision } });

export const decideAll = (decision, kind) => ask(`${REVIEW}/decisions`, { method: "POST", body: { decision, kind } });

export const writeAccepted = () => ask(`${REVIEW}/write`, { method: "POST" });
