/* Related articles on pages of any site: <div data-related data-article="ID"></div> and this script; see /demo. */
(() => {
  const base = new URL(".", document.currentScript.src);
  const HOST = "[data-related]";
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
:host{display:block;color:var(--related-color,inherit);font:var(--related-font,inherit)}
h2{font:var(--related-heading-font,inherit);font-weight:var(--related-heading-weight,700);margin:0 0 .75em}
ul{list-style:none;margin:0;padding:0;display:grid;gap:var(--related-gap,1em);
grid-template-columns:repeat(auto-fill,minmax(min(100%,var(--related-width,15em)),1fr))}
a{display:block;color:var(--related-link-color,inherit);text-decoration:none;overflow-wrap:anywhere}
a:is(:hover,:focus-visible) b{text-decoration:underline}
a:focus-visible{outline:2px solid;outline-offset:3px}
b{font-weight:inherit;overflow:hidden;display:-webkit-box;-webkit-box-orient:vertical;-webkit-line-clamp:var(--related-lines,3)}
img,i{display:block;width:100%;height:auto;aspect-ratio:var(--related-ratio,16/9);object-fit:cover;border-radius:var(--related-radius,0);margin-bottom:.5em}
small{display:block;color:var(--related-muted-color,inherit);opacity:var(--related-muted,.7)}
[aria-hidden] :is(b,i){background:currentColor;opacity:.1}
div{flex:1}
[aria-hidden] b{height:calc(var(--related-lines,3)*1lh)}
:host([data-theme=cards]) a{height:100%;box-sizing:border-box;padding:1em;border:1px solid #8886;border-radius:6px}
:host([data-theme=list]){ul{grid-template-columns:1fr}a{display:flex;gap:1em}:is(img,i){flex:none;width:7em;align-self:start;margin:0}}`);

  const make = (name, attributes, ...children) => {
    const node = document.createElement(name);
    for (const key in attributes) node.setAttribute(key, attributes[key]);
    node.append(...children);
    return node;
  };

  const web = (text) => {
    const url = text && URL.canParse(text, document.baseURI) && new URL(text, document.baseURI);
    return url && /^https?:$/.test(url.protocol) ? url.href : "";
  };

  /* What is shown of an item: text, and addresses of the web. */
  const read = ({ title, excerpt, provider, publishedDateTime, webUrl, images }, { dataset }) => {
    const day = new Date(publishedDateTime || NaN);
    return {
      title,
      excerpt,
      provider: provider?.name || provider?.domain,
      date: isNaN(day) ? "" : day.toLocaleDateString(document.documentElement.lang || [], { dateStyle: "medium" }),
      link: web(webUrl),
      image: dataset.images !== "off" && images?.find((each) => web(each.url)),
    };
  };

  const picture = (node, { url, width, height }) => {
    node.onerror = () => node.remove();
    return Object.assign(node, width && height && { width, height }, { alt: "", loading: "lazy", src: web(url) });
  };

  const entry = ({ title, provider, date, link, image }) => {
    const line = [provider, date].filter(Boolean).flatMap((each, at) => [at ? " · " : "", make("bdi", {}, each)]);
    const text = make("div", {}, make("b", { dir: "auto", title }, title), line.length ? make("small", {}, ...line) : "");
    return make("li", {}, make("a", { href: link }, image ? picture(make("img"), image) : "", text));
  };

  /* The page's own markup: a <template> in the element, with data-text, data-link and data-image. */
  const stamp = (template, shown) => {
    const copy = template.content.cloneNode(true);
    const all = (mark, set) => copy.querySelectorAll(`[data-${mark}]`).forEach(set);
    all("text", (node) => node.append(shown[node.dataset.text] || ""));
    all("link", (node) => (node.href = shown.link));
    all("image", (node) => (shown.image ? picture(node, shown.image) : node.remove()));
    return copy.firstElementChild;
  };

  const ask = async ({ dataset: { article, url, limit, key } }) => {
    const page = document.querySelector("link[rel=canonical]")?.href || location.href.split("#")[0];
    const query = new URLSearchParams({ ...(article ? { id: article } : { url: url || page }), ...(limit && { limit }) });
    const headers = key && { Authorization: `Bearer ${key}` };
    const answer = await fetch(new URL(`v1/related?${query}`, base), { headers, credentials: "omit" }).catch(() => {
      throw Error(`no answer: is ${location.origin} in RELATED_CORS_ORIGINS of ${base.host}, and that in connect-src here?`);
    });
    const { related, title, detail, hint } = await answer.json().catch(() => ({ title: answer.status }));
    if (!related) throw Error([title, detail, hint].filter(Boolean).join(": "));
    return related.filter((item) => web(item.webUrl));
  };

  const show = (host, ...nodes) => {
    const root = host.shadowRoot || host.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheet];
    root.replaceChildren(...nodes);
  };

  const list = ({ dataset: { title = "Related articles" } }, items, more) =>
    make("section", { "aria-label": title, part: "section", ...more }, make("h2", { part: "title" }, title), make("ul", { role: "list" }, ...items));

  const fill = async (host) => {
    const own = host.querySelector("template");
    const height = host.offsetHeight;
    const tell = (what, detail) => host.dispatchEvent(new CustomEvent(`related:${what}`, { bubbles: true, detail }));
    let items = [];
    let nodes = [];
    try {
      items = await ask(host);
      if (!items.length) throw Error("nothing is related enough");
      nodes = items.map((item, at) => {
        const node = own ? stamp(own, read(item, host)) : entry(read(item, host));
        node.onclick = node.onauxclick = () => tell("clicked", { item, position: at + 1 });
        return node;
      });
      if (!own) nodes = [list(host, nodes)];
    } catch ({ message }) {
      if ("debug" in host.dataset) {
        console.warn("related articles:", message);
        nodes = [make("p", { part: "problem" }, `Related articles: ${message}`)];
      }
    }
    if (own) host.replaceChildren(own, ...nodes);
    else show(host, ...nodes);
    host.style.minHeight = `${height}px`;
    /* The place held is given back where nobody looks. */
    host.seen = new IntersectionObserver(([{ isIntersecting }]) => {
      if (isIntersecting) items.length && tell("shown", { items: items.splice(0) });
      else host.style.minHeight = "";
    });
    host.seen.observe(host);
  };

  const near = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) if (isIntersecting) near.unobserve(target) || fill(target);
    },
    { rootMargin: "400px" }
  );

  /* Holds the place of the list, so that nothing moves when it comes. */
  const take = (host) => {
    host.seen?.disconnect();
    if (!host.querySelector("template")) {
      const item = () => make("li", {}, make("a", {}, host.dataset.images === "off" ? "" : make("i"), make("div", {}, make("b"), make("small", {}, "\u00a0"))));
      show(host, list(host, Array.from({ length: Math.min(host.dataset.limit, 20) || 5 }, item), { "aria-hidden": true }));
    }
    near.observe(host);
  };

  const within = (node) => [...(node.querySelectorAll?.(HOST) || [])].concat(node.matches?.(HOST) ? node : []);

  new MutationObserver((changes) => {
    for (const { type, target, addedNodes } of changes)
      (type === "attributes" ? [target] : [...addedNodes]).flatMap(within).forEach(take);
  }).observe(document, { childList: true, subtree: true, attributeFilter: ["data-article", "data-url"] });
  within(document).forEach(take);
})();
