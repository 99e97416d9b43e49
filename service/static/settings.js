// The settings panel: sliders and dates that update the list at once.

import { el } from "./dom.js";
import { FIELDS, offerValues } from "./filters.js";
import { WEIGHTS, toToml } from "./options.js";
import { decimal, t } from "./texts.js";

const percent = (exponent) => Number((1 - 10 ** -exponent).toFixed(4));
const exponent = (score) => Math.min(4, -Math.log10(Math.max(1e-4, 1 - score)));
const AUTOMATIC = 2;

const SHOWN = {
  limit: { min: 1, max: 20, step: 1 },
  min_score: { min: 0, max: 4, step: 0.05 },
  diversity: { min: 0, max: 1, step: 0.05 },
  max_per_provider: { min: 0, max: 10, step: 1 },
};
const WEIGHT = { min: 0, max: 3, step: 0.05 };

const toSlider = (name, value) => (name === "min_score" ? (value === null ? AUTOMATIC : exponent(value)) : value);
const ofSlider = (name, value) => (name === "min_score" ? percent(value) : value);

function said(name, value) {
  if (name === "min_score" && value === null) return t("settings.auto");
  if (name === "max_per_provider" && value === 0) return t("settings.any");
  return decimal(value);
}

/** Fill the panel; calls `change(options)` with every change. */
export function panel({ form, copied, copy, reset, change }) {
  const inputs = new Map();
  let options = {};

  function row(name, range) {
    const [label, hint] = [t(`set.${name}`), t(`hint.${name}`)];
    const id = `set-${name}`;
    const input = el("input", { type: "range", id, name, ...range, "aria-describedby": `${id}-hint` });
    const output = el("output", { for: id });
    input.addEventListener("input", () => set(name, ofSlider(name, Number(input.value))));
    inputs.set(name, { input, output });
    const key = WEIGHTS.includes(name) ? el("i", { class: `part-${name}` }) : null;
    return el("div", { class: "row", title: hint }, el("label", { for: id }, key, label), input, output, el("small", { id: `${id}-hint` }, hint));
  }

  function day(name, label) {
    const input = el("input", { type: "date", id: `set-${name}`, name });
    input.addEventListener("change", () => set(name, input.value));
    inputs.set(name, { input });
    return el("div", { class: "row day" }, el("label", { for: `set-${name}` }, label), input);
  }

  function value(name, label) {
    const input = el("input", { type: "text", id: `set-${name}`, name, autocomplete: "off", placeholder: t("settings.any") });
    input.addEventListener("change", () => set(name, input.value.trim()));
    inputs.set(name, { input });
    return el("div", { class: "row day" }, el("label", { for: `set-${name}` }, label), offerValues(input, name));
  }

  const group = (legend, rows) => el("fieldset", {}, el("legend", {}, legend), rows);
  // A learned scorer has no weights; nothing but this switch takes another one.
  const choice = el("button", { type: "button", onclick: () => { set("scorer", options.scorer ? "" : "default"); tellScorer(); } });
  const told = el("p", { class: "faint" });
  const learned = el("div", { class: "learned", hidden: true }, told, choice);
  form.replaceChildren(
    learned,
    group(t("settings.counts"), WEIGHTS.map((name) => row(name, WEIGHT))),
    group(t("settings.shown"), Object.entries(SHOWN).map(([name, range]) => row(name, range))),
    group(t("field.published"), [day("after", t("field.after")), day("before", t("field.before"))]),
    group(t("settings.only"), Object.entries(FIELDS).map(([name, label]) => value(name, label))),
  );

  function tell(name) {
    const { input, output } = inputs.get(name);
    if (!output) return;
    output.value = said(name, options[name]);
    input.setAttribute("aria-valuetext", output.value);
    input.style.setProperty("--at", `${(100 * (input.value - input.min)) / (input.max - input.min)}%`);
  }

  function tellScorer() {
    if (learned.hidden) return;
    const weighs = options.scorer === "default";
    told.textContent = t(weighs ? "settings.trying" : "settings.learned");
    choice.textContent = t(weighs ? "settings.back" : "settings.try");
    for (const name of WEIGHTS) inputs.get(name).input.disabled = !weighs;
  }

  function set(name, value) {
    options = { ...options, [name]: value };
    copied.hidden = true;
    tell(name);
    change(options);
  }

  copy.addEventListener("click", async () => {
    const text = toToml(options);
    const shown = copied.querySelector("pre");
    shown.textContent = text;
    copied.hidden = false;
    const note = copied.querySelector("p");
    try {
      await navigator.clipboard.writeText(text);
      note.textContent = t("settings.copied");
    } catch {
      getSelection().selectAllChildren(shown);
      note.textContent = t("settings.copy-below");
    }
  });
  reset.addEventListener("click", () => change(null));

  return {
    /** Show the given settings. */
    show(given) {
      options = given;
      copied.hidden = true;
      for (const [name, { input }] of inputs) {
        // The configured value may exceed the slider's range.
        if (input.type === "range" && given[name] > Number(input.max) && name !== "min_score") input.max = given[name];
        input.value = toSlider(name, given[name]);
        tell(name);
      }
      tellScorer();
    },
    /** Say whether a learned scorer ranks by default. */
    learned(is) {
      learned.hidden = !is;
    },
  };
}
