// The panel of settings: sliders and dates that change the list as they move.

import { el } from "./dom.js";
import { WEIGHTS, toToml } from "./options.js";

const percent = (exponent) => Number((1 - 10 ** -exponent).toFixed(4));
const exponent = (score) => Math.min(4, -Math.log10(Math.max(1e-4, 1 - score)));
const AUTOMATIC = 2;

const ROWS = {
  counts: [
    ["cosine", "Meaning", "how near the two are in meaning"],
    ["text", "Words", "rare words that both texts have"],
    ["title", "Title", "rare words that both titles have"],
    ["closeness", "Time", "how much nearness in time adds to what they share"],
    ["hubs", "Hubs", "how much an article loses for being near to everything"],
  ],
  shown: [
    ["limit", "How many", "items at most", { min: 1, max: 20, step: 1 }],
    ["min_score", "Minimum", "what has a lower score is not shown; auto follows the size of the collection", { min: 0, max: 4, step: 0.05 }],
    ["diversity", "Diversity", "0 shows the most related, 1 those least like one another", { min: 0, max: 1, step: 0.05 }],
    ["max_per_provider", "Per provider", "how many of one provider at most", { min: 0, max: 10, step: 1 }],
  ],
};
const WEIGHT = { min: 0, max: 3, step: 0.05 };

const toSlider = (name, value) => (name === "min_score" ? (value === null ? AUTOMATIC : exponent(value)) : value);
const ofSlider = (name, value) => (name === "min_score" ? percent(value) : value);

function said(name, value) {
  if (name === "min_score" && value === null) return "auto";
  if (name === "max_per_provider" && value === 0) return "any";
  return String(value);
}

/** Fill the panel; `change(options)` is called with every move. */
export function panel({ form, copied, copy, reset, change }) {
  const inputs = new Map();
  let options = {};

  function row(name, label, hint, range) {
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

  const group = (legend, rows) => el("fieldset", {}, el("legend", {}, legend), rows);
  form.replaceChildren(
    group("What counts", ROWS.counts.map(([name, label, hint]) => row(name, label, hint, WEIGHT))),
    group("What is shown", ROWS.shown.map((each) => row(...each))),
    group("Published", [day("after", "from"), day("before", "before")]),
  );

  function tell(name) {
    const { input, output } = inputs.get(name);
    if (!output) return;
    output.value = said(name, options[name]);
    input.setAttribute("aria-valuetext", output.value);
    input.style.setProperty("--at", `${(100 * (input.value - input.min)) / (input.max - input.min)}%`);
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
      note.textContent = "Copied.";
    } catch {
      getSelection().selectAllChildren(shown);
      note.textContent = "Copy it from here.";
    }
  });
  reset.addEventListener("click", () => change(null));

  return {
    /** Show these settings. */
    show(given) {
      options = given;
      copied.hidden = true;
      for (const [name, { input }] of inputs) {
        // What is configured may lie beyond the slider's end.
        if (input.type === "range" && given[name] > Number(input.max) && name !== "min_score") input.max = given[name];
        input.value = toSlider(name, given[name]);
        tell(name);
      }
    },
  };
}
