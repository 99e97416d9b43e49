// The settings of a list, converted to and from the address, requests and related.toml.

import { named, t } from "./texts.js";

export const WEIGHTS = ["cosine", "text", "title", "topics", "authors", "closeness", "hubs"];
const NUMBERS = [...WEIGHTS, "diversity", "min_score", "limit", "max_per_provider"];
const TEXTS = ["after", "before", "topic", "provider", "language"];
const NAMES = [...NUMBERS, ...TEXTS, "scorer"];

/** Return the settings of the service; `min_score` is null if it depends on the size of the collection. */
export function defaultsOf(status) {
  const configured = Object.fromEntries(NUMBERS.map((name) => [name, status.settings[name] ?? null]));
  return { ...configured, limit: 5, ...Object.fromEntries(TEXTS.map((name) => [name, ""])), scorer: "" };
}

/** Read the settings from an address; missing and invalid ones get the default. */
export function readOptions(params, defaults) {
  const read = { ...defaults };
  for (const name of NUMBERS) {
    const given = params.get(name);
    if (given !== null && given !== "" && Number.isFinite(Number(given))) read[name] = Number(given);
  }
  for (const name of TEXTS) read[name] = params.get(name) ?? "";
  read.scorer = params.get("scorer") === "default" ? "default" : "";
  return read;
}

/** Return the settings that differ from the defaults, as parameters of the address. */
export function writeOptions(options, defaults) {
  const params = new URLSearchParams();
  for (const name of NAMES) {
    if (options[name] !== defaults[name]) params.set(name, options[name] ?? "");
  }
  return params;
}

/** Return the settings that differ from the defaults, as options of the API. */
export function toRequest(options, defaults) {
  const params = writeOptions(options, defaults);
  const weights = WEIGHTS.filter((name) => params.has(name)).map((name) => `${name}:${params.get(name)}`);
  for (const name of WEIGHTS) params.delete(name);
  if (weights.length) params.set("weights", weights.join(","));
  params.set("limit", options.limit);
  params.set("explain", "true");
  return params;
}

/** Describe the settings that differ from the defaults; empty if none does. */
export function describe(options, defaults) {
  const differing = [...writeOptions(options, defaults)].map(([name, value]) => [named("part", name), value]);
  return differing.map(([name, value]) => t("compare.setting", { name, value })).join(", ");
}

/** Return the `[ranking]` table of related.toml. */
export function toToml(options) {
  const lines = [...WEIGHTS, "min_score", "diversity"]
    .filter((name) => options[name] !== null)
    .map((name) => `${name} = ${Number.isInteger(options[name]) ? options[name].toFixed(1) : options[name]}`);
  return ["[ranking]", ...lines, `max_per_provider = ${options.max_per_provider}`, ""].join("\n");
}
