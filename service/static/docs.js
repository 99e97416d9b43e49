// The documentation of the API, made of the service's own OpenAPI document, where each route can be tried.

import { keepKey, readArticle, readArticles, savedKey } from "./api.js";
import { byId, el } from "./dom.js";
import { SNIPPETS } from "./snippets.js";

const LONGEST = 200_000; // characters of an answer that are shown
let about = null; // the OpenAPI document
const language = () => document.querySelector("[name=language]:checked").value;

const resolve = (node) => (node?.$ref ? node.$ref.slice(2).split("/").reduce((found, part) => found[part], about) : node);

/** Render `code` in a text of Markdown, and nothing else of it. */
const prose = (text) => text.split("`").map((piece, at) => (at % 2 ? el("code", {}, piece) : piece));

function exampleOf(content) {
  const schema = resolve(content.schema) ?? {};
  const [first] = Object.values(content.examples ?? {});
  return content.example ?? first?.value ?? schema.example ?? schema.examples?.[0];
}

const asText = (value) => (typeof value === "string" ? value : JSON.stringify(value, null, 2));

/** What a parameter may be: its values, its range, or its type. */
function kindOf(schema) {
  const choices = [schema, ...(schema.anyOf ?? [])].map(resolve).filter((each) => each.type !== "null");
  const values = choices.flatMap((each) => each.enum ?? each.items?.enum ?? []);
  const [type] = choices.map((each) => each.type).filter(Boolean);
  const [low, high] = ["minimum", "maximum"].map((bound) => choices.map((each) => each[bound]).find((each) => each !== undefined));
  return { values, type, range: low === undefined ? "" : high === undefined ? `from ${low}` : `${low} to ${high}` };
}

function field(parameter, id, preset) {
  const { values, type, range } = kindOf(parameter.schema);
  const several = type === "array";
  const choices = type === "boolean" ? ["true", "false"] : values;
  const input = several
    ? el("textarea", { id, "aria-describedby": `${id}-about`, autocomplete: "off", spellcheck: "false", rows: "1" })
    : choices.length
    ? el("select", { id, "aria-describedby": `${id}-about` }, ["", ...choices].map((value) => el("option", { value }, value || "–")))
    : el("input", { id, "aria-describedby": `${id}-about`, autocomplete: "off", spellcheck: "false" });
  input.value = preset;
  const usual = parameter.schema.default;
  const facts = [several ? "one per line" : range, usual !== undefined && String(usual) && `default ${usual}`].filter(Boolean).join(", ");
  const said = [...prose(parameter.description ?? ""), facts && ` (${facts})`];
  const label = el("label", { for: id, class: parameter.required ? "needed" : null }, parameter.name);
  return { parameter, several, input, nodes: [label, el("div", {}, input, el("p", { class: "faint", id: `${id}-about` }, said))] };
}

function section(title, ...content) {
  return content.length ? [el("h4", {}, title), ...content] : [];
}

/** Fill a route with its options, an example that follows them, and what it answers. */
function fill(holder, method, path, operation, articleId) {
  const id = operation.operationId;
  const fields = (operation.parameters ?? []).map(resolve).map((parameter, at) => {
    const preset = parameter.in === "path" ? articleId : parameter.required ? String(parameter.schema.examples?.[0] ?? "") : "";
    return field(parameter, `${id}-${at}`, preset);
  });
  const [type, content] = Object.entries(operation.requestBody?.content ?? {})[0] ?? [];
  const body = content && el("textarea", { class: "body", id: `${id}-body`, spellcheck: "false", "aria-label": `Body, ${type}: ${operation.summary}` });
  if (body) body.value = asText(exampleOf(content) ?? "");

  function request() {
    const query = new URLSearchParams();
    const headers = [];
    let url = path;
    for (const { parameter, several, input } of fields) {
      const values = (several ? input.value.split("\n") : [input.value]).map((each) => each.trim()).filter(Boolean);
      for (const value of values) {
        if (parameter.in === "path") url = url.replace(`{${parameter.name}}`, encodeURIComponent(value));
        else if (parameter.in === "query") query.append(parameter.name, value);
        else headers.push([parameter.name, value]);
      }
    }
    const asked = query.size ? `?${query}` : "";
    return { method: method.toUpperCase(), url: `${location.origin}${url}${asked}`, headers, body: body?.value, type };
  }

  const code = el("code");
  const copied = el("span", { class: "unseen", role: "status" });
  const show = () => (code.textContent = SNIPPETS[language()](request(), Boolean(savedKey())));
  const copy = el("button", { type: "button", onclick: () => navigator.clipboard.writeText(code.textContent).then(() => (copied.textContent = "Copied")) }, "Copy");
  const status = el("p", { class: "faint", role: "status" });
  const answer = el("pre", { hidden: true, tabindex: "0", role: "region", "aria-label": `Answer: ${operation.summary}`, class: "answer" }, el("code"));

  async function send() {
    const { url, headers, ...asked } = request();
    const key = savedKey();
    const all = new Headers([...headers, ...(key ? [["Authorization", `Bearer ${key}`]] : []), ...(asked.body ? [["Content-Type", type]] : [])]);
    status.textContent = "Waiting for the answer …";
    const began = performance.now();
    try {
      const response = await fetch(url, { method: asked.method, headers: all, body: asked.body, cache: "no-store" });
      const text = await response.text();
      const took = Math.round(performance.now() - began);
      const told = [`${response.status} ${response.statusText} in ${took} ms`, response.headers.get("etag") && `ETag ${response.headers.get("etag")}`];
      status.textContent = told.filter(Boolean).join(" · ");
      answer.firstChild.textContent = pretty(text).slice(0, LONGEST);
      answer.hidden = !text;
    } catch (error) {
      status.textContent = `The service cannot be reached: ${error.message}`;
      answer.hidden = true;
    }
  }

  const form = el("form", { onsubmit: (event) => (event.preventDefault(), send()), oninput: show },
    ...section("Options", ...(fields.length ? [el("div", { class: "options" }, fields.flatMap((each) => each.nodes))] : [])),
    ...section("Body", ...(body ? [el("p", { class: "faint" }, type), body] : [])),
    ...section("Example", el("div", { class: "sample" }, el("pre", { tabindex: "0", role: "region", "aria-label": `Example: ${operation.summary}` }, code), copy, copied)),
    el("div", { class: "send" }, el("button", { class: "main" }, "Send"), status),
    answer,
  );
  const statuses = Object.entries(operation.responses).map(([status, response]) => [
    el("dt", {}, status),
    el("dd", {}, resolve(response).description),
  ]);
  const good = Object.entries(operation.responses).find(([status]) => status.startsWith("2"))?.[1].content;
  const example = good && exampleOf(Object.values(good)[0]);
  holder.replaceChildren(
    el("p", {}, prose(operation.description ?? "")),
    form,
    ...section("Answers", el("dl", { class: "statuses" }, statuses)),
    ...(example ? section("Example of an answer", el("pre", { tabindex: "0", role: "region", "aria-label": `Example of an answer: ${operation.summary}` }, el("code", {}, asText(example)))) : []),
  );
  show();
  return show;
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

/** An article of this collection for the examples: that of the document where it is here, else the newest. */
async function anArticle() {
  const { example } = about.components.schemas.ArticleRecord;
  const found = await readArticle(example.id).catch(() => null);
  return (found ?? (await readArticles({ limit: 1, facets: 0 })).articles[0])?.id ?? "ID";
}

const shows = new Set();

function route(method, path, operation, articleId) {
  const inside = el("div", { class: "inside" });
  const summary = el("summary", {},
    el("span", { class: `method ${method}` }, method),
    el("span", { class: "path" }, path),
    el("span", { class: "what" }, operation.summary),
  );
  const details = el("details", { class: "route", id: operation.operationId }, summary, inside);
  details.addEventListener("toggle", () => {
    if (details.open && !inside.hasChildNodes()) shows.add(fill(inside, method, path, operation, articleId));
    if (details.open) history.replaceState(null, "", `#${operation.operationId}`);
  });
  return details;
}

function openNamed() {
  const named = location.hash && byId(decodeURIComponent(location.hash.slice(1)));
  if (!named?.matches(".route")) return;
  named.open = true;
  named.scrollIntoView();
}

async function begin() {
  const response = await fetch("/openapi.json");
  about = await response.json();
  const articleId = await anArticle().catch(() => "ID");
  byId("about").replaceChildren(...about.info.description.split("\n\n").map((text) => el("p", {}, prose(text.replaceAll("\n", " ")))));
  byId("version").textContent = `version ${about.info.version}, ${about.info.license.name}`;
  const tags = new Map();
  for (const [path, operations] of Object.entries(about.paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      const [tag] = operation.tags;
      tags.set(tag, [...(tags.get(tag) ?? []), route(method, path, operation, articleId)]);
    }
  }
  const order = ["related", "articles", "look", "rules", "overview"];
  const rank = (tag) => (order.includes(tag) ? order.indexOf(tag) : order.length);
  const sections = [...tags].sort(([one], [other]) => rank(one) - rank(other));
  byId("routes").replaceChildren(...sections.map(([tag, routes]) => el("section", { class: "tag" }, el("h3", {}, tag), routes)));
  openNamed();
}

byId("key-field").value = savedKey() ?? "";
byId("key").addEventListener("submit", (event) => event.preventDefault());
byId("key-field").addEventListener("input", () => {
  keepKey(byId("key-field").value);
  for (const show of shows) show();
});
for (const choice of document.querySelectorAll("[name=language]")) choice.addEventListener("change", () => shows.forEach((show) => show()));
addEventListener("hashchange", openNamed);
begin().catch((error) => (byId("problem").textContent = `The document of the API cannot be read: ${error.message}`));
