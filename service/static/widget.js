/* Related articles on pages of any site: <div data-related data-article="ID"></div> and this script; see /demo. */
(() => {
  const own = document.currentScript;
  const base = new URL(".", own.src);
  const STYLE = `
    :host { display: block; color: var(--related-color, inherit); font: var(--related-font, inherit); }
    h2 { font: var(--related-heading-font, inherit); font-weight: var(--related-heading-weight, 700); margin: 0 0 .75em; }
    ul { list-style: none; margin: 0; padding: 0; display: grid; gap: var(--related-gap, 1em);
      grid-template-columns: repeat(auto-fill, minmax(min(100%, var(--related-width, 15em)), 1fr)); }
    a { display: block; color: var(--related-link-color, inherit); text-decoration: none; overflow-wrap: anywhere; }
    a:hover span, a:focus-visible span { text-decoration: underline; }
    a:focus-visible { outline: 2px solid currentColor; outline-offset: 3px; }
    img { display: block; width: 100%; height: auto; aspect-ratio: var(--related-ratio, 16 / 9); object-fit: cover;
      border-radius: var(--related-radius, 0); margin-bottom: .5em; }
    small { display: block; color: var(--related-muted-color, inherit); opacity: var(--related-muted, .7); }`;

  const make = (name, attributes, ...children) => {
    const node = document.createElement(name);
    for (const key in attributes) node.setAttribute(key, attributes[key]);
    node.append(...children);
    return node;
  };

  const web = (text) => {
    try {
      const url = new URL(text || "", text ? document.baseURI : undefined);
      return /^https?:$/.test(url.protocol) ? url.href : "";
    } catch {
      return "";
    }
  };

  const picture = (item, host) => {
    const image = (item.images || []).find((each) => web(each.url));
    if (!image || host.dataset.images === "off") return [];
    const size = image.width && image.height ? { width: image.width, height: image.height } : {};
    const node = make("img", { src: web(image.url), alt: "", loading: "lazy", decoding: "async", ...size });
    node.onerror = () => node.remove();
    return [node];
  };

  const entry = (item, host) => {
    const { name, domain } = item.provider || {};
    const day = new Date(item.publishedDateTime || NaN);
    const when = isNaN(day) ? "" : day.toLocaleDateString(document.documentElement.lang || undefined, { dateStyle: "medium" });
    const line = [name || domain, when].filter(Boolean).join(" · ");
    const text = [make("span", {}, item.title), ...(line ? [make("small", {}, line)] : [])];
    return make("li", {}, make("a", { href: web(item.webUrl) }, ...picture(item, host), ...text));
  };

  const ask = async (host) => {
    const { article, url, limit, key } = host.dataset;
    const canonical = document.querySelector("link[rel=canonical]");
    const query = new URLSearchParams(
      article ? { id: article } : { url: url || (canonical ? canonical.href : location.href.split("#")[0]) }
    );
    if (limit) query.set("limit", limit);
    const headers = key ? { Authorization: `Bearer ${key}` } : {};
    const response = await fetch(new URL(`v1/related?${query}`, base), { headers, credentials: "omit" });
    const told = await response.json();
    if (!response.ok) throw new Error([told.title, told.detail, told.hint].filter(Boolean).join(": "));
    const items = told.related.filter((item) => web(item.webUrl));
    if (!items.length) throw new Error("nothing is related enough");
    return items;
  };

  const show = (host, ...nodes) => {
    const root = host.shadowRoot || host.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    root.adoptedStyleSheets = [sheet];
    root.replaceChildren(...nodes);
  };

  const fill = async (host) => {
    try {
      const items = await ask(host);
      const title = host.dataset.title || "Related articles";
      const list = make("ul", { role: "list" }, ...items.map((item) => entry(item, host)));
      show(host, make("section", { "aria-label": title, part: "section" }, make("h2", { part: "title" }, title), list));
    } catch (error) {
      if (!("debug" in host.dataset)) return;
      console.warn("related articles:", error.message);
      show(host, make("p", { part: "problem" }, `Related articles: ${error.message}`));
    }
  };

  const start = () => {
    const seen = new IntersectionObserver(
      (entries) => {
        for (const { isIntersecting, target } of entries) {
          if (!isIntersecting) continue;
          seen.unobserve(target);
          fill(target);
        }
      },
      { rootMargin: "400px" }
    );
    for (const host of document.querySelectorAll("[data-related]")) seen.observe(host);
  };

  if (document.readyState === "loading") addEventListener("DOMContentLoaded", start);
  else start();
})();
