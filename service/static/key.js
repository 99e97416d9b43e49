// The form that asks for a key, and the key that a command puts into the address.

import { keepKey } from "./api.js";
import { byId } from "./dom.js";

/** Show the form, under another label if one is given. */
export function askForKey(label) {
  byId("key").hidden = false;
  if (label) byId("key").querySelector("label").textContent = label;
  byId("key-field").focus();
}

function use(key) {
  keepKey(key);
  byId("key").hidden = true;
}

/** Use the key that is given in the form, and then call `begin()`. */
export function onKey(begin) {
  byId("key").addEventListener("submit", (event) => {
    event.preventDefault();
    use(byId("key-field").value);
    byId("key").reset();
    begin();
  });
}

/** Use the key of the address, and move it out of there, to keep it out of history and bookmarks. */
export function takeKey() {
  const key = new URLSearchParams(location.hash.slice(1)).get("key");
  if (!key) return false;
  use(key);
  history.replaceState(null, "", location.pathname + location.search);
  return true;
}
