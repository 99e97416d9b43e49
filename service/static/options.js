// The settings of a list, converted to and from the address, requests and related.toml.

export const WEIGHTS = ["cosine", "text", "title", "topics", "authors", "closeness", "hubs"];
const NUMBERS = [...WEIGHTS, "diversity", "min_score", "limit", "max_per_provider"];
const TEXTS = ["after", "before", "topic", "provider", "language"];
/** What a learned scorer looks at, in the words of the page. */
export const FEATURE_NAMES = {
  start: "any pair", cosine: "meaning", text: "words", title: "title", rare_title_words: "rare title words", days_apart: "days apart",
  same_topics: "all topics", same_provider: "provider", same_language: "language", quality: "quality", hubness: "too general",
  title_overlap: "title overlap", rarest_title_word: "rarest title word", shared_names: "names", title_length: "title length",
  shared_topics: "topics", shared_authors: "authors",
};
export const PART_NAMES = {
  cosine: "meaning", text: "words", title: "title", topics: "topics", authors: "authors", closeness: "time", hubs: "too general",
};
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
  const said = { ...PART_NAMES, min_score: "minimum", limit: "items", max_per_provider: "per provider", after: "from" };
  const differing = [...writeOptions(options, defaults)];
  return differing.map(([name, value]) => `${said[name] ?? name} ${value}`).join(", ");
}

/** Return the `[ranking]` table of related.toml. */
export function toToml(options) {
  const lines = [...WEIGHTS, "min_score", "diversity"]
    .filter((name) => options[name] !== null)
    .map((name) => `${name} = ${Number.isInteger(options[name]) ? options[name].toFixed(1) : options[name]}`);
  return ["[ranking]", ...lines, `max_per_provider = ${options.max_per_provider}`, ""].join("\n");
}
