"""Profile of Hexo: posts below `source/_posts`, addresses from the tokens of `permalink`."""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar
from unicodedata import combining, normalize

from recommender.sites.addresses import split_base
from recommender.sites.javascript.packages import known_url, needs
from recommender.sites.languages import is_language
from recommender.sites.page import Page
from recommender.sites.profile import Description, SiteProfile
from recommender.sites.root import SiteRoot
from recommender.sites.values import as_table

_CONFIGS = ("_config.yml", "_config.yaml", "_config.json")
_MARKERS = ("source_dir", "new_post_name", "post_asset_folder", "filename_case", "skip_render", "render_drafts")
_TOKEN = re.compile(r":(\w*[^_\W])")
_FORMS = {"year": r"(\d{4})", "month": r"(\d{2})", "day": r"(\d{2})", "i_month": r"(\d{1,2})", "i_day": r"(\d{1,2})"}
_FORMS["hash"] = "([0-9a-f]{12})"
_DATE_TOKENS = {"year": "%Y", "month": "%m", "day": "%d", "hour": "%H", "minute": "%M", "second": "%S"}
_SPECIAL = re.compile(r"[\s~`!@#$%^&*()\-_+=\[\]{}|\\;:\"'<>,.?/]+")
_LETTERS = str.maketrans(
    {"Æ": "AE", "æ": "ae", "Ø": "O", "ø": "o", "ß": "s", "Đ": "D", "đ": "d", "Ħ": "H", "ħ": "h", "ı": "i", "Ł": "L"}
    | {"ł": "l", "Œ": "OE", "œ": "oe", "Ŧ": "T", "ŧ": "t"}
)
_NESTED = ":categories"
"""Private key for a post's nested categories as written; `categories` then holds the flat names."""
_PLACEHOLDER_URL = "http://yoursite.com"


class Hexo(SiteProfile):
    """A Hexo site."""

    generator = "hexo"
    suffixes = (".md", ".markdown", ".mkd", ".mkdn", ".mdwn", ".mdtxt", ".mdtext")
    keys: ClassVar = {"published": ("date",), "topics": ("tags", "tag", "categories", "category")}
    id_key = ""
    address_key = "permalink"
    into = "source/_data/related.json"
    snippet = """\
<% if (page.related && page.related.length) { %>
<aside class="related">
  <ul>
  <% page.related.forEach(function (item) { %>
    <li><a href="<%= item.webUrl %>"><%= item.title %></a></li>
  <% }) %>
  </ul>
</aside>
<% } %>"""
    snippet_into = """\
<% var related = (site.data.related || {})[config.source_dir + "/" + page.source.replace(/\\.\\w+$/, "")] %>
""" + snippet.replace("page.related && page.related.length", "related").replace("page.related", "related")

    @classmethod
    def recognise(cls, root: SiteRoot) -> str | None:
        """Recognise the package, settings that only Hexo has, or its folder of posts."""
        if needs(root, "hexo"):
            return "package.json needs hexo"
        name = root.find(*_CONFIGS)
        config = root.optional_table(*_CONFIGS)
        marker = next((key for key in _MARKERS if key in config), None)
        if marker is not None:
            return f"{name} sets {marker}"
        if name is None and root.has("source/_posts") and not root.has("Rakefile"):
            return "source/_posts"
        return None

    def configure(self) -> None:
        """Read `_config.yml`."""
        config = self.root.table(*_CONFIGS)
        self._config = config
        self._source = f"{str(config.get('source_dir') or 'source').strip('./')}/"
        self.into = f"{self._source}_data/related.json"
        self._permalink = str(config.get("permalink") or ":year/:month/:day/:title/")
        name = posixpath.splitext(str(config.get("new_post_name") or ":title.md"))[0]
        self._name_tokens = _TOKEN.findall(name)
        steps = re.split(_TOKEN, name)
        forms = [_FORMS.get(step, "(.+?)") if at % 2 else re.escape(step) for at, step in enumerate(steps)]
        self._name = re.compile("".join(forms))
        self.future_is_shown = config.get("future") is not False
        self.zone = self.zone_of(config.get("timezone"))
        languages = config.get("language")
        language = languages[0] if isinstance(languages, list) and languages else languages
        self.default_language = language if isinstance(language, str) and is_language(language) else None
        url = config.get("url")
        host, path = split_base("" if url == _PLACEHOLDER_URL else known_url(url))
        self.base = f"{host}{str(config.get('root') or path).rstrip('/')}"
        self._pretty = as_table(config.get("pretty_urls"))

    def path_skip_reason(self, path: str) -> str | None:
        """Skip all but `_posts` and `_drafts`."""
        if not (path.startswith(self._source) or (path.endswith("/") and self._source.startswith(path))):
            return "outside of the source folder"
        below = path.removeprefix(self._source)
        if below.startswith(("_posts/", "_drafts/")):
            steps = below.rstrip("/").split("/")[1:]
            if any(step.startswith(("_", ".")) for step in steps) or path.endswith(("%", "~")):
                return "not an article: hidden from Hexo"
            is_draft = below.startswith("_drafts/") and not path.endswith("/") and self.settings.drafts != "show"
            return "draft" if is_draft else None
        if path.endswith("/"):
            hidden = below.startswith("_") and path != self._source
            return f"not an article: {below.rstrip('/')}" if hidden else super().path_skip_reason(path)
        return "not an article: page"

    def page_skip_reason(self, page: Page) -> str | None:
        """Skip posts without a layout."""
        return "not an article: no layout" if page.is_false("layout") else None

    def describe(self, page: Page, now: datetime, heading: Callable[[], str | None] = lambda: None) -> Description:
        """Describe a post, with the fields that `new_post_name` finds in its file name."""
        parsed = self._parsed(page)
        extra: dict[str, Any] = {key: value for key, value in parsed.items() if key not in {*_FORMS, "title"}}
        categories = page.fields.get("categories")
        if isinstance(categories, list) and any(isinstance(item, list) for item in categories):
            flat = [name for item in categories for name in (item if isinstance(item, list) else [item])]
            extra |= {"categories": list(dict.fromkeys(name for name in flat if name is not None)), _NESTED: categories}
        found = super().describe(page._replace(fields={**page.fields, **extra}) if extra else page, now, heading)
        for key in extra.keys() - page.fields.keys():
            found.fields.pop(key, None)
        return found

    def date_of_path(self, page: Page) -> datetime | None:
        """Return the date that `new_post_name` finds in the file name."""
        parsed = self._parsed(page)
        month, day = parsed.get("month") or parsed.get("i_month"), parsed.get("day") or parsed.get("i_day")
        try:
            return datetime(int(parsed["year"]), int(month or ""), int(day or ""))
        except (KeyError, ValueError):
            return None

    def hidden(self, page: Page) -> str | None:
        """Hide drafts, also by their folder."""
        return "draft" if page.path.startswith(f"{self._source}_drafts/") else super().hidden(page)

    def content_path(self, page: Page) -> str:
        """Return the path below `_posts`."""
        return re.sub(r"^_(?:posts|drafts)/", "", page.stem.removeprefix(self._source))

    def slug(self, page: Page) -> str:
        """Return the title in the file name."""
        return self._parsed(page)["title"]

    def translation_key(self, page: Page) -> str | None:
        """Return the title in the file name, if file names contain the language."""
        key = super().translation_key(page)
        return self._parsed(page)["title"] if key is None and {"lang", "language"} & {*self._name_tokens} else key

    def address(self, page: Page) -> str | None:
        """Return the post's own permalink, else the site's with its tokens filled in."""
        link = page.text("permalink") or self._filled(page)
        if link is None:
            return None
        if self._config.get("post_asset_folder") is True and not link.endswith(("/", ".html")):
            link = f"{link}/"
        link = re.sub("/{2,}", "/", link).lstrip("/")
        if self._pretty.get("trailing_index") is False:
            link = re.sub(r"index\.html$", "", link)
        if self._pretty.get("trailing_html") is False and not link.endswith("index.html"):
            link = link.removesuffix(".html")
        return link

    def _filled(self, page: Page) -> str | None:
        values = self._values(page)
        missing = [name for name in _TOKEN.findall(self._permalink) if not values.get(name)]
        return None if missing else _TOKEN.sub(lambda match: values[match[1]], self._permalink)

    def _values(self, page: Page) -> dict[str, str]:
        """Return the values of permalink tokens, which include all fields of the post."""
        values = _scalars(as_table(self._config.get("permalink_defaults"))) | _scalars(page.fields)
        slug = self.slug(page)
        values |= {"title": slug, "name": slug.rpartition("/")[2], "category": self._category(page)}
        values["post_title"] = slugize(page.text("title"), 1)
        for name in ("hash", "i_month", "i_day", *_DATE_TOKENS):
            values.pop(name, None)
        if page.date is not None:
            # Hexo converts a date to UTC, and then takes it for the site's local time.
            date = page.date.astimezone(UTC).replace(tzinfo=None) if page.date.tzinfo else page.date
            values |= {name: date.strftime(form) for name, form in _DATE_TOKENS.items()}
            values |= {"i_month": str(date.month), "i_day": str(date.day)}
            values["timestamp"] = seconds = str(int(date.replace(tzinfo=self.zone).timestamp()))
            values["hash"] = hashlib.sha1(f"{slug}{seconds}".encode(), usedforsecurity=False).hexdigest()[:12]
        return values

    def _category(self, page: Page) -> str:
        """Return the path of the post's last category."""
        given = page.fields.get(_NESTED) or page.fields.get("categories") or page.fields.get("category")
        names = given if isinstance(given, list) else [given]
        if any(isinstance(name, list) for name in names):
            # Several paths, each a list or a single name.
            paths = [name for name in names if name not in (None, "", [])] or [""]
            names = paths[-1] if isinstance(paths[-1], list) else paths[-1:]
        mapped = self._config.get("category_map") or {}
        steps = [str(mapped.get(name) or name) for name in names if name not in (None, "")]
        case = self._config.get("filename_case")
        path = "/".join(slugize(step, case) for step in steps)
        return path or str(self._config.get("default_category") or "uncategorized")

    def _parsed(self, page: Page) -> dict[str, str]:
        """Return the tokens that `new_post_name` finds in the file name; `title` is always among them."""
        path = self.content_path(page)
        match = self._name.fullmatch(path)
        found = dict(zip(self._name_tokens, match.groups(), strict=True)) if match else {}
        return found if "title" in found else {**found, "title": slugize(path)}

    def language(self, page: Page) -> str | None:
        """Return the language in the file name."""
        parsed = self._parsed(page)
        return parsed.get("lang") or parsed.get("language")


def _scalars(values: Mapping[str, Any]) -> dict[str, str]:
    return {
        str(key): str(value)
        for key, value in values.items()
        if isinstance(value, str | int | float) and not isinstance(value, bool)
    }


def slugize(text: str, case: object = 0) -> str:
    """Return a name as it appears in Hexo's addresses: without accents, with hyphens for punctuation.

    Args:
        text: The name.
        case: 1 for lower case, 2 for upper case.
    """
    if not text.isascii():
        letters = normalize("NFD", text.translate(_LETTERS))
        kept = "".join(letter for letter in letters if not (combining(letter) and "\u0300" <= letter <= "\u036f"))
        text = normalize("NFC", kept)
    slug = _SPECIAL.sub("-", re.sub(r"[\x00-\x1f]", "", text)).strip("-")
    return {1: slug.lower(), 2: slug.upper()}.get(case if isinstance(case, int) else 0, slug)
