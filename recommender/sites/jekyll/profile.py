"""Profile of Jekyll: posts and collections, permalinks, front matter defaults, drafts."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from recommender.sites.dates import read_date
from recommender.sites.jekyll.address import STYLES, downcase, fill_template, slugify, titleize
from recommender.sites.jekyll.config import TRANSLATIONS, day_of, read_defaults, read_moment, read_words
from recommender.sites.jekyll.folders import DATED, JekyllFolders
from recommender.sites.page import Page
from recommender.sites.profile import SiteProfile
from recommender.sites.root import SiteRoot
from recommender.sites.values import as_list

_CONFIGS = ("_config.yml", "_config.yaml", "_config.toml")
_LOCAL = re.compile(r"https?://(?:localhost|127\.0\.0\.1|0\.0\.0\.0)\b", re.IGNORECASE)


class Jekyll(SiteProfile):
    """A Jekyll site; if it has neither posts nor collections with pages, its pages are articles."""

    generator = "jekyll"
    suffixes = (".md", ".markdown", ".mkd", ".mkdn", ".mkdown", ".html")
    keys = {"excerpt": ("excerpt", "description"), "published": ("date",)}  # noqa: RUF012
    # In templates `page.id` is always the address.
    id_key = ""
    address_key = "permalink"
    into = "_data/related.json"
    snippet = """\
{% if page.related.size > 0 %}
<aside class="related">
  <ul>
    {% for item in page.related %}
    <li><a href="{{ item.webUrl | escape }}">{{ item.title | escape }}</a></li>
    {% endfor %}
  </ul>
</aside>
{% endif %}
"""
    snippet_into = """\
{% assign id = page.path | remove_first: page.ext %}
{% assign related = site.data.related[id] %}
""" + snippet.replace("page.related", "related")

    @classmethod
    def recognise(cls, root: SiteRoot) -> str | None:
        """Recognise the configuration, or a folder of posts."""
        if root.has("_toc.yml"):
            return None  # a Jupyter book
        return root.find(*_CONFIGS) or ("_posts" if (root.folder / "_posts").is_dir() else None)

    def configure(self) -> None:
        """Read `_config.yml`."""
        config = self.root.table(*_CONFIGS)
        url = str(config.get("url") or "").strip()
        if not url or _LOCAL.match(url):
            name = (self.root.text("CNAME") or "").strip()
            url = f"https://{name}" if name else ""
        mounted = str(config.get("baseurl") or "").strip("/")
        self.base = url.rstrip("/") + (f"/{mounted}" if mounted else "")
        self.zone = self.zone_of(config.get("timezone"))
        self.future_is_shown = config.get("future") is True
        self._shows_unpublished = config.get("unpublished") is True
        self._style = str(config.get("permalink") or "date")
        self._folders = JekyllFolders(self.root, config)
        self._permalinks = {label: self._template(label, given) for label, given in self._folders.collections.items()}
        self._defaults = read_defaults(config.get("defaults"), self._folders.collections_dir)
        self._languages = frozenset(map(str, as_list(config.get("languages"))))
        language = config.get("default_lang") or config.get("lang") or config.get("locale")
        self.default_language = language.replace("_", "-") if isinstance(language, str) and language else None
        self._is_polyglot = "jekyll-polyglot" in as_list(config.get("plugins") or config.get("gems"))
        if self._folders.collections_dir:
            prepend = f'page.path | prepend: "{self._folders.collections_dir}"'
            self.snippet_into = self.snippet_into.replace("page.path", prepend)

    def _template(self, label: str, settings: Mapping[str, Any]) -> str:
        """Return the permalink template of a collection."""
        if settings.get("permalink"):
            return str(settings["permalink"])
        if label == "posts":
            return STYLES.get(self._style, self._style)
        return f"/:collection/:path{_suffix(self._style)}"

    def path_skip_reason(self, path: str) -> str | None:
        """Skip all but posts, drafts and collections with pages; do not skip pages if there is nothing else."""
        why, place = self._folders.path_skip_reason(path), self._folders.place(path)
        if why is None and place is not None and place.is_draft and self.settings.drafts != "show":
            # Skip drafts unread, as Jekyll does: errors in them do not matter.
            return None if path.endswith("/") else "draft"
        if why is not None or place is not None:
            return why
        if path.endswith("/") or self._folders.has_only_pages:
            return super().path_skip_reason(path)
        return "not an article: page"

    def page_skip_reason(self, page: Page) -> str | None:
        """Skip files without front matter that are not posts, and empty home pages."""
        place = self._folders.place(page.path)
        is_post = place is not None and place.collection == "posts"
        if page.syntax != "yaml" and not is_post:
            return "no front matter"
        if page.path.endswith("/index.html") and not page.body.strip() and not is_post:
            return "not an article: home page"
        return None

    def as_read(self, page: Page) -> Page:
        """Return a page with front matter defaults, and with strings split into lists as Jekyll does."""
        place = self._folders.place(page.path)
        kind = place.collection if place else "pages"
        path = self._folders.relative(page.path)
        defaults: dict[str, Any] = {}
        for default in self._defaults:
            if default.kind in {None, kind} and default.starts.match(path):
                defaults |= default.values
        # Header lines without a fence are text to Jekyll.
        own = page.fields if page.syntax == "yaml" else {}
        fields = {**defaults, **{key: value for key, value in own.items() if value is not None}}
        one = fields.pop("category", None)
        names = [
            *(place.above if place else ()),
            *read_words(defaults.get("categories")),
            *read_words(own.get("categories")),
            *(one if isinstance(one, list) else [one]),
        ]
        fields["categories"] = list(dict.fromkeys(str(name) for name in names if name is not None))
        if isinstance(fields.get("tag"), str):
            fields["tag"] = [fields["tag"]]
        if isinstance(fields.get("tags"), str):
            fields["tags"] = read_words(fields["tags"])
        if "date" in fields:
            fields["date"] = read_moment(fields["date"])
        return page._replace(fields=fields)

    def date_of_path(self, page: Page) -> datetime | None:
        """Return the date that the file name begins with."""
        match = DATED.fullmatch(page.path.rpartition("/")[2])
        if match is None:
            return None
        year = int(match[1]) + (0 if len(match[1]) > 2 else 1900 if int(match[1]) > 68 else 2000)
        return day_of(year, int(match[2]), int(match[3]))

    def hidden(self, page: Page) -> str | None:
        """Hide drafts by their folder, and unpublished pages unless the configuration shows them."""
        place = self._folders.place(page.path)
        if place is not None and place.is_draft:
            return "draft"
        why = super().hidden(page)
        if why == "draft" and self._shows_unpublished and page.is_false("published") and not page.is_true("draft"):
            return None
        return why

    def language(self, page: Page) -> str | None:
        """Return the first folder that is named like one of the site's languages."""
        return next((step for step in page.folder.split("/") if step in self._languages), None)

    def translation_key(self, page: Page) -> str | None:
        """Return the key that translations share in a plugin's field, in their permalink, or in their path."""
        if not self._languages and not page.text("lang"):
            return None
        named = next((f"{key}:{page.text(key)}" for key in TRANSLATIONS if page.text(key)), None)
        given = page.text("permalink")
        shared = given if ":" not in given else ""
        return named or super().translation_key(page) or shared or self._path_in_common(page)

    @staticmethod
    def _path_in_common(page: Page) -> str | None:
        """Return the path of a page without the folder that is named like its `lang`; None without `lang`."""
        language = page.text("lang").casefold()
        if not language:
            return None
        steps = page.stem.split("/")
        names = [step.casefold() for step in steps[:-1]]
        if language in names:
            del steps[names.index(language)]
        return "/".join(steps)

    def _title(self, page: Page, heading: Callable[[], str | None]) -> tuple[str, str]:
        return titleize(self._slug_of_name(page)), "file name"

    def slug(self, page: Page) -> str:
        """Return the slug at the end of an address."""
        return slugify(page.text("slug") or self._slug_of_name(page), pretty=True, cased=True)

    def content_path(self, page: Page) -> str:
        """Return the path below the collection's folder."""
        place = self._folders.place(page.path)
        return (place.inner if place else self._folders.inside(page.path)).rpartition(".")[0]

    def address(self, page: Page) -> str | None:
        """Return the permalink of the page, of its collection or of the site, filled in."""
        place = self._folders.place(page.path)
        if place is None:
            return self._address_of_page(page)
        template = page.text("permalink") or self._permalinks[place.collection]
        values = {
            "title": lambda: self.slug(page),
            "slug": lambda: slugify(page.text("slug") or self._slug_of_name(page)),
            "name": lambda: slugify(page.name),
            "path": lambda: "/".join((*place.above, self.content_path(page))).rstrip("."),
            "collection": lambda: place.collection,
            "output_ext": lambda: ".html",
            "categories": lambda: "/".join(dict.fromkeys(map(downcase, self._categories(page)))),
            "slugified_categories": lambda: "/".join(dict.fromkeys(map(slugify, self._categories(page)))),
        }
        return self._in_language(page, fill_template(template, values, self._day(page)))

    def _address_of_page(self, page: Page) -> str | None:
        folder = self._folders.inside(page.path).rpartition("/")[0]
        default = "/:path/" if page.name == "index" else f"/:path/:basename{_suffix(self._style)}"
        template = page.text("permalink") or default
        values = {"path": lambda: folder, "basename": lambda: page.name, "output_ext": lambda: ".html"}
        return self._in_language(page, fill_template(template, values, None))

    def _in_language(self, page: Page, address: str | None) -> str | None:
        language = page.text("lang")
        has_prefix = self._is_polyglot and language and language != self.default_language
        return f"/{language}{address}" if has_prefix and address is not None else address

    def _categories(self, page: Page) -> list[str]:
        return list(map(str, as_list(page.fields.get("categories"))))

    def _day(self, page: Page) -> datetime | None:
        """Return the date of the front matter, else that of the file name, in the site's time zone."""
        try:
            date = read_date(page.fields.get("date")) or self.date_of_path(page)
        except ValueError:
            return None
        return None if date is None else self.local(date)

    @staticmethod
    def _slug_of_name(page: Page) -> str:
        match = DATED.fullmatch(page.path.rpartition("/")[2])
        return (match[4] if match else page.name).rstrip(".")


def _suffix(style: str) -> str:
    """Return the end of addresses of pages and documents, which follows the style of posts."""
    if style == "pretty" or style.endswith("/"):
        return "/"
    return ":output_ext" if style in {"date", "ordinal", "none"} or style.endswith(":output_ext") else ""
