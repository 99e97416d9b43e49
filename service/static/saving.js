// The queue of unsaved grades: sent one after another, the newest of each pair, until saved.

import { Problem, writeGrade } from "./api.js";

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 15000;

/** Return whether retrying is useless because the service rejects the grade. */
const isFinal = (error) => error instanceof Problem && [404, 422].includes(error.told.status);

/**
 * Create a queue of grades. Calls `saved(entry, answer)` after each saved grade and `failed(error, entry, isFinal)` after
 * each failure; failures that are not final are retried.
 */
export function saver({ saved, failed }) {
  const waiting = new Map();
  let isBusy = false;
  let wait = FIRST_WAIT_MS;
  let timer = null;

  async function work() {
    clearTimeout(timer);
    if (isBusy) return;
    isBusy = true;
    try {
      while (waiting.size) {
        const [key, entry] = waiting.entries().next().value;
        const told = await writeGrade(entry.query, entry.article, entry.grade).catch((error) => {
          const isOver = isFinal(error);
          if (isOver && waiting.get(key) === entry) waiting.delete(key);
          failed(error, entry, isOver);
          if (!isOver) throw error;
        });
        if (!told) continue;
        wait = FIRST_WAIT_MS;
        // Keep a newer grade of the same pair.
        if (waiting.get(key) === entry) waiting.delete(key);
        saved(entry, told);
      }
    } catch {
      timer = setTimeout(work, wait);
      wait = Math.min(2 * wait, LONGEST_WAIT_MS);
    } finally {
      isBusy = false;
    }
  }

  addEventListener("online", work);
  addEventListener("beforeunload", (event) => waiting.size && event.preventDefault());

  return {
    /** Save a grade; null removes it. */
    save(query, article, grade) {
      const key = JSON.stringify([query, article]);
      waiting.delete(key);
      waiting.set(key, { query, article, grade });
      work();
    },
    /** Retry now. */
    flush: work,
    /** Return the unsaved grade of a pair, or undefined. */
    waits: (query, article) => waiting.get(JSON.stringify([query, article]))?.grade,
    count: () => waiting.size,
  };
}
