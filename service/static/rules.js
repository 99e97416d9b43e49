// Editing the list of an article: pin, block, move, keep; previewed until it is saved, with undo and the log.

import { changeRules, readRules } from "./api.js";
import { el, moment } from "./dom.js";
import { combobox } from "./find.js";
import { t } from "./texts.js";

const NAME = "related-articles-editor";
const without = (ids, id) => ids.filter((each) => each !== id);

/** Return rules with another list of pins or blocks; an empty one goes. */
function withList(rules, field, ids) {
  const { [field]: _, ...rest } = rules;
  return ids.length ? { ...rest, [field]: ids } : rest;
}

export const pin = (id) => (rules) => withList(withList(rules, "blocked", without(rules.blocked ?? [], id)), "pinned", [...(rules.pinned ?? []), id]);
export const unpin = (id) => (rules) => withList(rules, "pinned", without(rules.pinned ?? [], id));
export const block = (id) => (rules) => withList(unpin(id)(rules), "blocked", [...without(rules.blocked ?? [], id), id]);
export const allow = (id) => (rules) => withList(rules, "blocked", without(rules.blocked ?? [], id));
export const order = (ids) => (rules) => withList(rules, "pinned", [...ids, ...(rules.pinned ?? []).filter((id) => !ids.includes(id))]);
const keep = (is) => ({ keep: _, ...rest }) => (is ? { ...rest, keep: true } : rest);

/** Return what turns `before` into `after`, as a JSON merge patch. */
function patchOf(before, after) {
  const gone = Object.keys(before).filter((name) => !(name in after));
  return { ...after, ...Object.fromEntries(gone.map((name) => [name, null])) };
}

/** Describe a change of rules in words, with the titles of articles. */
function describe(before, after, title) {
  const said = [];
  const lists = { pinned: ["log.pinned", "log.unpinned"], blocked: ["log.blocked", "log.allowed"] };
  const told = (key, id) => t(key, { title: title(id) });
  for (const [field, [came, went]] of Object.entries(lists)) {
    const [old, now] = [before[field] ?? [], after[field] ?? []];
    said.push(...now.filter((id) => !old.includes(id)).map((id) => told(came, id)));
    said.push(...old.filter((id) => !now.includes(id)).map((id) => told(went, id)));
    const stay = now.filter((id) => old.includes(id));
    if (stay.join("\n") !== old.filter((id) => now.includes(id)).join("\n")) said.push(t("log.reordered"));
  }
  if (Boolean(before.keep) !== Boolean(after.keep)) said.push(t(after.keep ? "log.kept" : "log.unkept"));
  const others = new Set([...Object.keys(before), ...Object.keys(after)].filter((name) => !["pinned", "blocked", "keep"].includes(name)));
  for (const name of others) if (JSON.stringify(before[name]) !== JSON.stringify(after[name])) said.push(t("log.changed", { name }));
  return said.join(", ");
}

/** Make `section` the desk; calls `changed()` when the list has to be shown anew, and `fail(error)` with problems. */
export function editing({ section, changed, fail, say }) {
  let article = null; // id of the article whose rules are edited
  let kept = null; // as the service has them
  let acts = []; // unsaved changes, each a function of rules
  let undo = null; // rules before the last save
  let notice = null;
  let acted = null; // the button that was pressed last, to focus it again in the new list
  const titles = new Map();

  const draft = () => acts.reduce((rules, act) => act(rules), kept.rules);
  const title = (id) => titles.get(id) ?? id;

  function act(change, said) {
    const pressed = document.activeElement?.closest(".tools button");
    acted = pressed && { id: pressed.closest(".card").dataset.id, act: pressed.dataset.act };
    acts.push(change);
    notice = null;
    draw();
    say(said);
    changed();
  }

  async function load() {
    kept = await readRules(article);
    for (const each of kept.articles) titles.set(each.id, each.title);
  }

  async function save(rules, said) {
    const before = kept.rules;
    const name = section.querySelector("[name=editor]").value.trim();
    localStorage.setItem(NAME, name);
    try {
      kept = await changeRules(article, patchOf(before, rules), kept.number, name);
    } catch (error) {
      if (error.told?.status !== 412) {
        notice = { text: t("edit.failed", { why: [error.told?.title ?? error.message, error.told?.detail].filter(Boolean).join(", ") }), wrong: true };
        draw();
        return fail(error);
      }
      // Somebody was faster: nothing is lost, and the changes can be made to what is there now.
      await load();
      notice = { text: t("edit.overtaken", { why: error.told.detail }), wrong: true };
      draw();
      say(notice.text);
      return changed();
    }
    for (const each of kept.articles) titles.set(each.id, each.title);
    [acts, undo] = [[], before];
    notice = { text: said };
    draw();
    say(said);
    changed();
  }

  function discard() {
    acts = [];
    notice = null;
    draw();
    say(t("edit.discarded"));
    changed();
  }

  const button = (text, onclick, attributes = {}) => el("button", { type: "button", onclick, ...attributes }, text);

  function reference(id, text, onclick) {
    return el("li", {}, el("span", { dir: "auto" }, title(id)), onclick ? button(text, onclick, { class: "quiet", "aria-label": `${text}: ${title(id)}` }) : el("small", {}, text));
  }

  function list(name, items) {
    return items.length ? el("div", { class: "rule" }, el("h3", {}, name), el("ul", {}, items)) : null;
  }

  function banner() {
    const count = acts.length;
    const buttons = count
      ? [button(t("edit.save"), () => save(draft(), t("edit.saved")), { class: "main", id: "save-rules" }), button(t("edit.discard"), discard)]
      : undo ? [button(t("undo"), () => save(undo, t("edit.undone")), { id: "undo-rules" })] : [];
    const text = count ? t("edit.preview", { count }) : t("edit.begin");
    return el("div", { class: `banner${count ? " unsaved" : ""}` }, notice ? el("p", { class: notice.wrong ? "wrong" : "good" }, notice.text) : null, notice && !count ? null : el("p", {}, text), el("div", { class: "buttons" }, buttons));
  }

  function log() {
    if (!kept.changes.length) return null;
    const items = kept.changes.map((change) => {
      const said = describe(change.before, change.after, title) || t("log.nothing");
      return el("li", {}, el("strong", {}, change.editor), " ", moment(change.changedAt), ": ", said, " ", button(t("log.back"), () => save(change.before, t("log.went-back")), { class: "quiet" }));
    });
    return el("details", { class: "log" }, el("summary", {}, t("log")), el("ul", {}, items));
  }

  function draw() {
    const open = section.querySelector("details.log")?.open;
    const typed = section.querySelector("[name=editor]")?.value ?? localStorage.getItem(NAME) ?? "";
    const rules = draft();
    const input = el("input", { id: "pin-q", type: "search", role: "combobox", autocomplete: "off", spellcheck: false, "aria-expanded": "false", "aria-controls": "pin-found", "aria-autocomplete": "list", placeholder: t("edit.pin-another-placeholder"), "aria-label": t("edit.pin-another") });
    const found = el("ul", { id: "pin-found", class: "found", role: "listbox", "aria-label": t("find.found"), hidden: true });
    combobox({ input, list: found, say, fail, choose: (id, result) => { titles.set(id, result?.title ?? id); act(pin(id), t("edit.said-pinned", { title: title(id) })); } });
    const keeping = el("input", { type: "checkbox", id: "keep-list", onchange: (event) => act(keep(event.target.checked), t(event.target.checked ? "edit.said-kept" : "edit.said-unkept")) });
    keeping.checked = Boolean(rules.keep);
    const ofFile = (kept.ofFile.pinned ?? []).map((id) => reference(id, t("edit.file-pinned"))).concat((kept.ofFile.blocked ?? []).map((id) => reference(id, t("edit.file-blocked"))));
    section.replaceChildren(
      banner(),
      el("div", { class: "search" }, input, found),
      ...[list(t("edit.blocked"), (rules.blocked ?? []).map((id) => reference(id, t("edit.allow"), () => act(allow(id), t("edit.said-allowed", { title: title(id) }))))), list(t("edit.of-file"), ofFile)].filter(Boolean),
      el("p", { class: "row" }, keeping, el("label", { for: "keep-list" }, t("edit.keep"))),
      el("p", { class: "row" }, el("label", { for: "editor" }, t("edit.name")), el("input", { id: "editor", name: "editor", maxlength: 80, value: typed, autocomplete: "name" })),
      ...[log()].filter(Boolean),
    );
    if (open) section.querySelector("details.log").open = true;
  }

  function move(answer, place, by) {
    const ids = answer.related.map((item) => item.id);
    const to = place + by;
    [ids[place], ids[to]] = [ids[to], ids[place]];
    const last = Math.max(place, to, answer.related.findLastIndex((item) => item.pinned));
    // Moving up fixes the order down to the new place only.
    const fixed = by < 0 ? Math.max(to, answer.related.findLastIndex((item) => item.pinned)) : last;
    act(order(ids.slice(0, fixed + 1)), t("edit.said-moved", { title: answer.related[place].title, place: to + 1 }));
  }

  return {
    /** Edit the rules of an article, or of none; return the problem if they cannot be read. */
    async open(id) {
      section.hidden = id === null;
      if (id === article) return null;
      [article, kept, acts, undo, notice] = [id, null, [], null, null];
      section.replaceChildren();
      if (id === null) return null;
      try {
        await load();
      } catch (error) {
        [article, section.hidden] = [null, true];
        return error;
      }
      draw();
      return null;
    },
    /** Return the rules to try, or null where none are unsaved. */
    preview: (id) => (article === id && acts.length ? draft() : null),
    /** Return how many changes are unsaved. */
    unsaved: () => acts.length,
    /** Return what makes the buttons of a card; null while nothing is edited. */
    tools(answer) {
      if (!kept) return null;
      for (const item of answer.related) titles.set(item.id, item.title);
      return (item, place) => {
        const own = (draft().pinned ?? []).includes(item.id);
        const named = (text) => ({ "aria-label": `${text}: ${item.title}` });
        const buttons = [
          own || !item.pinned ? button(t(own ? "edit.unpin" : "edit.pin"), () => act(own ? unpin(item.id) : pin(item.id), t(own ? "edit.said-unpinned" : "edit.said-pinned", { title: item.title })), { "aria-pressed": String(own), "aria-keyshortcuts": "p", "data-act": "p", ...named(t(own ? "edit.unpin" : "edit.pin")) }) : null,
          button(t("edit.block"), () => act(block(item.id), t("edit.said-blocked", { title: item.title })), { "aria-keyshortcuts": "b", "data-act": "b", ...named(t("edit.block")) }),
          button("↑", () => move(answer, place, -1), { disabled: place === 0, "data-act": "ArrowUp", ...named(t("edit.up")) }),
          button("↓", () => move(answer, place, 1), { disabled: place === answer.related.length - 1, "data-act": "ArrowDown", ...named(t("edit.down")) }),
        ];
        return el("div", { class: "tools", role: "group", "aria-label": t("edit.of", { title: item.title }) }, buttons);
      };
    },
    /** Put the focus back where it was, in a list that was shown anew. */
    settle() {
      if (!acted) return;
      const card = document.querySelector(`.card[data-id="${CSS.escape(acted.id)}"]`);
      const button = card?.querySelector(`[data-act="${acted.act}"]:not(:disabled)`) ?? card?.querySelector(".tools button");
      (button ?? section.querySelector("#save-rules"))?.focus();
      acted = null;
    },
    /** Act on a key that was pressed on a card: p, b, or an arrow with Alt. */
    key(event) {
      const isMove = event.altKey && ["ArrowUp", "ArrowDown"].includes(event.key);
      if (!kept || (!isMove && (event.altKey || event.ctrlKey || event.metaKey || !["p", "b"].includes(event.key)))) return;
      if (event.target.closest("input, textarea, select")) return;
      const card = event.target.closest(".card");
      const pressed = card?.querySelector(`[data-act="${event.key}"]:not(:disabled)`);
      if (!pressed) return;
      event.preventDefault();
      pressed.click();
    },
  };
}
