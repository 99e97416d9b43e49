// The states of the collection that overviews are of, named by when each was computed.

import { moment } from "./texts.js";

const computed = new Map();

/** Remember the computations of an overview. */
export function learn(history) {
  for (const { revision, computedAt } of history) computed.set(revision, computedAt);
}

/** Say when the state with this revision was computed; null if that is not remembered. */
export const stateOf = (revision, styles) => (computed.has(revision) ? moment(computed.get(revision), styles) : null);
