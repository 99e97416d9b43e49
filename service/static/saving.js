// Grades on their way to the service: one after another, the newest of each pair, until each is saved.

import { Problem, writeGrade } from "./api.js";

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 15000;

/** Grades that cannot be saved by trying again: the service will not take them. */
const isFinal = (error) => error instanceof Problem && [404, 422].includes(error.told.status);

/**
 * A queue of grades. `saved(entry, told)` is called with what the service answered, `failed(error, entry, isFinal)` with
 * what went wrong; all but what is final is tried again.
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
        // A newer grade may have come meanwhile.
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
    /** Save a grade, or null to take it back. */
    save(query, article, grade) {
      const key = JSON.stringify([query, article]);
      waiting.delete(key);
      waiting.set(key, { query, article, grade });
      work();
    },
    /** Try again now. */
    flush: work,
    /** The grade that waits for being saved; undefined if none does. */
    waits: (query, article) => waiting.get(JSON.stringify([query, article]))?.grade,
    count: () => waiting.size,
  };
}
