// Runs before the first paint: chooses the language, and tells the styles what the address asks for.

{
  const TEXTS = { en: "./texts_en.js", de: "./texts_de.js", es: "./texts_es.js" };
  const KEPT = "related-language";
  const root = document.documentElement;
  const address = new URL(location);
  const params = address.searchParams;

  const chosen = params.has("id") || Boolean(history.state?.draft);
  const browses = !chosen && params.get("view") === "browse";
  const maps = !browses && (!chosen || params.get("view") === "map");
  for (const [name, is] of Object.entries({ waits: true, chosen, browses, maps })) root.classList.toggle(name, is);

  // A language in the address is kept, and taken out of there: the page itself offers the others.
  const wanted = params.get("lang");
  if (Object.hasOwn(TEXTS, wanted)) localStorage.setItem(KEPT, wanted);
  if (wanted !== null) {
    params.delete("lang");
    history.replaceState(history.state, "", address);
  }
  const known = [localStorage.getItem(KEPT) ?? "", ...navigator.languages].map((each) => each.split("-")[0].toLowerCase());
  const language = known.find((each) => Object.hasOwn(TEXTS, each)) ?? "en";

  root.lang = language;
  root.dataset.texts = new URL(TEXTS[language], document.currentScript.src).href;
  const ahead = document.createElement("link");
  ahead.rel = "modulepreload";
  ahead.href = root.dataset.texts;
  ahead.fetchPriority = "high"; // the other scripts wait for it, and so does a page that is not in English
  document.head.append(ahead);
}
