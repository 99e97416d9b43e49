// Highlighting of the reasons in texts.

import { el } from "./dom.js";

const NOT_TERMS = /^(topic .+|same (day|week|series|provider)|.*\bstory\b.*)$/;

/** Return whether a reason is a term of both texts and not a remark about them. */
export const isTerm = (reason) => !NOT_TERMS.test(reason);

function pattern(reasons) {
  const terms = reasons.filter(isTerm).map((reason) => {
    const words = reason.match(/[\p{L}\p{N}]+/gu) ?? [];
    // A reason is spelled as in one text; the other may use the plural or another ending.
    return words.map((word) => (word.length > 3 ? `${word.replace(/(e?s|ed|ing|e)$/u, "")}\\p{L}{0,3}` : word)).join("[\\s\\-–’']+");
  });
  const found = terms.filter(Boolean).sort((one, other) => other.length - one.length);
  return found.length ? new RegExp(`(?<![\\p{L}\\p{N}])(?:${found.join("|")})(?![\\p{L}\\p{N}])`, "giu") : null;
}

/** Return the text as nodes, with <mark> around the terms of `reasons`. */
export function highlight(text, reasons) {
  const terms = pattern(reasons);
  if (!terms) return [text];
  const nodes = [];
  let from = 0;
  for (const found of text.matchAll(terms)) {
    nodes.push(text.slice(from, found.index), el("mark", {}, found[0]));
    from = found.index + found[0].length;
  }
  return [...nodes, text.slice(from)];
}
