"""Profile of Hugo: sections, page bundles, permalinks, languages, drafts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from recommender.sites.dates import date_of_name
from recommender.sites.globs import is_regex
from recommender.sites.hugo.config import Language, find_config, read_config
from recommender.sites.hugo.content import HugoContent, Spot, pattern_for
from recommender.sites.hugo.dates import DATE_KEYS, PUBLISHED_KEYS, HugoDates
from recommender.sites.hugo.paths import NO_DATE, escape, expand, join, sanitise
from recommender.sites.page import Page
from recommender.sites.profile import SiteProfile
from recommender.sites.root import SiteRoot
from recommender.sites.values import as_list, as_table

_LISTINGS = frozenset({"search", "archive", "archives", "categories", "tags"})
"""Layouts of pages that need no text."""
_KNOWN = frozenset(
    {"draft", "slug", "url", "title", "headless", "build", "_build", "translationkey", "published"} | DATE_KEYS
)
_SYNTAXES = frozenset({"yaml", "toml", "json"})
_LIST = """\
<aside class="related">
  <ul>
    {{ range . }}
    <li><a href="{{ .webUrl }}">{{ .title }}</a></li>
    {{ end }}
  </ul>
</aside>
"""


class Hugo(SiteProfile):
    """A Hugo site; if it has sections, undated pages beside them, such as `about.md`, are not articles."""

    generator = "hugo"
    suffixes = (".md", ".markdown", ".mdown", ".html", ".htm")
    keys = {"authors": ("authors", "author", "params.authors", "params.author")}  # noqa: RUF012
    # Templates find the list of a page by its path.
    id_key = ""
    address_key = "url"
    into = "data/related.json"
    snippet = f"{{{{ with .Params.related }}}}\n{_LIST}{{{{ end }}}}\n"
    snippet_into = (
        "{{ with .File }}\n"
        '{{ $id := printf "content/%s" (strings.TrimSuffix (path.Ext .Path) .Path) }}\n'
        f"{{{{ with index (site.Data.related | default dict) $id }}}}\n{_LIST}{{{{ end }}}}\n"
        "{{ end }}\n"
    )

    @classmethod
    def recognise(cls, root: SiteRoot) -> str | None:
        """Recognise the configuration."""
        return find_config(root)

    def configure(self) -> None:
        """Read the configuration, and search the content for sections and bundles."""
        config = read_config(self.root)
        self._config = config
        self._content = HugoContent(self.root, config)
        self.base = config.text("baseurl").rstrip("/")
        self.zone = self.zone_of(config.text("timezone"))
        # Pages are hidden by `publishdate`, which may differ from their date.
        self.future_is_shown = True
        self._shows_future = config.is_true("buildfuture")
        self._shows_drafts = config.is_true("builddrafts")
        self._shows_expired = config.is_true("buildexpired")
        language = config.text("defaultcontentlanguage") or config.text("locale") or config.text("languagecode")
        self.default_language = language or (config.default if config.has_languages else None)
        self._keeps_case = config.is_true("disablepathtolower")
        self._drops_accents = config.is_true("removepathaccents")
        ignored = map(str, as_list(config.values.get("ignorefiles")))
        self._ignored = [re.compile(pattern) for pattern in ignored if is_regex(pattern)]
        self._dates = HugoDates(config.table("frontmatter"))
        self._adapt_snippet()

    def _adapt_snippet(self) -> None:
        """Name the content folders in the snippet, which finds a list by the path of its page."""
        folders = {mount.language or self._config.default: mount.folder for mount in reversed(self._config.mounts)}
        places = set(folders.values())
        if places == {"content/"} or not places:
            return
        if len(places) == 1:
            self.snippet_into = self.snippet_into.replace("content/", places.pop())
            return
        named = " ".join(f'"{language}" "{folder}"' for language, folder in sorted(folders.items()))
        place = f"(index (dict {named}) $.Language.Lang)"
        self.snippet_into = self.snippet_into.replace('printf "content/%s"', f'printf "%s%s" {place}')

    def fingerprint(self) -> str:
        """Return a hash of the configuration, the sections and their cascades."""
        return f"{super().fingerprint()}.{self.root.fingerprint([self._content.describe()])}"

    def path_skip_reason(self, path: str) -> str | None:
        """Skip everything outside the content, pages of sections, and the resources of bundles."""
        mounts = self._config.mounts
        if path.endswith("/"):
            if not any(path.startswith(mount.folder) or mount.folder.startswith(path) for mount in mounts):
                return f"not an article: {path.rstrip('/').rpartition('/')[2]}"
            return "not an article: page resource" if self._content.bundle_of(path.rstrip("/")) else None
        spot = self._content.spot(path)
        if spot is None:
            return super().path_skip_reason(path) or "not an article: outside the content"
        if any(pattern.search(f"/{path}") for pattern in self._ignored):
            return "excluded"
        if spot.is_section:
            return "not an article: section"
        if self._config.languages[spot.language].is_disabled:
            return "disabled language"
        bundle = self._content.bundle_of(path)
        if bundle is not None and not (spot.is_bundle and bundle == f"{path.rpartition('/')[0]}/"):
            return "not an article: page resource"
        return super().path_skip_reason(f"{spot.name}.md")

    def page_skip_reason(self, page: Page) -> str | None:
        """Skip HTML without front matter, pages that are not rendered, and undated pages beside sections."""
        if page.syntax not in _SYNTAXES and page.path.endswith((".html", ".htm")):
            return "no front matter"
        page = self._with_inherited(page)
        spot = self._spot(page)
        is_headless = spot.is_bundle and page.is_true("headless")
        if is_headless or _build(page).get("render", "always") in {False, "never", "link"}:
            return "not an article: headless"
        if not page.body.strip() and {page.text("layout"), page.text("type")} & _LISTINGS:
            return "not an article: listing"
        is_dated = any(key in page.fields for key in PUBLISHED_KEYS) or date_of_name(spot.name) is not None
        if not spot.folder and self._content.sections and not is_dated:
            return "not an article: page"
        return None

    def as_read(self, page: Page) -> Page:
        """Return a page with the front matter that it inherits from its sections, and with its configured date."""
        page = self._with_inherited(page)
        date = self._date("date", page) if self._dates.is_configured else None
        return page._replace(fields={**page.fields, "date": date}) if date else page

    def _with_inherited(self, page: Page) -> Page:
        # Header lines without a fence are text to Hugo.
        fields = page.fields if page.syntax in _SYNTAXES else {}
        # Names of fields are case-insensitive.
        named = {key.lower(): key for key in fields if key.lower() in _KNOWN and key.lower() != key}
        if named:
            fields = {**fields, **{lower: fields[key] for lower, key in named.items()}}
        inherited = self._content.cascaded(self._spot(page))
        return page._replace(fields={**inherited, **fields} if inherited else fields)

    def _spot(self, page: Page) -> Spot:
        return self._content.spot(page.path) or Spot(page.folder, page.name, self._config.default)

    def _date(self, name: str, page: Page) -> datetime | None:
        return self._dates.find(name, page.fields, self._spot(page).name)

    def hidden(self, page: Page) -> str | None:
        """Hide drafts, and pages that are kept out of lists."""
        why = super().hidden(page)
        if why == "draft" and self._shows_drafts:
            why = None
        return why or ("unlisted" if _build(page).get("list", "always") in {False, "never"} else None)

    def _hidden(self, page: Page, now: datetime) -> str | None:
        why = super()._hidden(page, now)
        published = self._date("publishdate", page)
        if why is None and published is not None and not self._shows_future and self.settings.drafts != "show":
            return "in the future" if self.aware(published) > now else None
        return why

    def expires(self, page: Page) -> datetime | None:
        """Return the expiry date."""
        date = None if self._shows_expired else self._date("expirydate", page)
        return None if date is None else self.aware(date)

    def language(self, page: Page) -> str | None:
        """Return the language of the file's name or folder."""
        return self._spot(page).language if self._config.has_languages else None

    def translation_key(self, page: Page) -> str | None:
        """Return the page's own key, else the path that translations share."""
        if not self._config.has_languages:
            return None
        return page.text("translationkey") or page.text("translationKey") or self._spot(page).path.lower()

    def slug(self, page: Page) -> str:
        """Return the slug of the front matter, else the name of the file or bundle."""
        return self._own_slug(page) or self._spot(page).name

    def _own_slug(self, page: Page) -> str:
        value = page.fields.get("slug")
        slug = str(value).strip("-") if isinstance(value, str | int) else ""
        return slug or self._dates.slug_of_name(self._spot(page).name)

    def content_path(self, page: Page) -> str:
        """Return the path below the content, without suffix and language."""
        return self._spot(page).path

    def address(self, page: Page) -> str | None:
        """Return the `url` of the front matter, else the permalink, else the path below the content."""
        spot = self._spot(page)
        language = self._config.languages[spot.language]
        url = page.text("url")
        if url:
            return self._address_of_url(page, spot, language, url)
        pattern = pattern_for(language.permalinks or self._config.values.get("permalinks"), spot)
        path = self._expand(pattern, page, spot) if pattern else join(spot.folder, self.slug(page))
        if path is None:
            return None
        path = self._sanitise(join(path).rstrip("/"))
        path = f"{path}.html" if self._is_ugly(spot) else f"{path}/"
        return self._in_language(language, path)

    def _address_of_url(self, page: Page, spot: Spot, language: Language, url: str) -> str | None:
        if ":" in url and not self._config.sanitises_urls:
            expanded = self._expand(url, page, spot)
            url = url if expanded is None else expanded
        path = join(url)
        if not path.endswith("/") and "." not in url:
            path += "/"
        if self._config.sanitises_urls:
            path = self._sanitise(path)
        is_relative = not url.startswith("/")
        return self._in_language(language, path.removesuffix("index.html"), safe="%", prefix=is_relative)

    def _in_language(self, language: Language, path: str, *, safe: str = "", prefix: bool = True) -> str:
        path = escape(join(language.prefix, path) if language.prefix and prefix else path, safe)
        return path if language.base is None else f"{language.base.rstrip('/')}{path}"

    def _expand(self, pattern: str, page: Page, spot: Spot) -> str | None:
        title = page.text("title")
        urlise = self._sanitise
        slug = self._own_slug(page)
        values = {
            "title": lambda: urlise(title),
            "slug": lambda: urlise(slug or title),
            "slugorfilename": lambda: urlise(slug or spot.name),
            "slugorcontentbasename": lambda: urlise(slug or spot.name),
            "filename": lambda: urlise(spot.name),
            "contentbasename": lambda: urlise(spot.name),
            "section": lambda: spot.folder.split("/")[0],
        }
        return expand(pattern, values, lambda: self._content.sections_of(spot), self._date("date", page) or NO_DATE)

    def _sanitise(self, text: str) -> str:
        return sanitise(text, keeps_case=self._keeps_case, drops_accents=self._drops_accents)

    def _is_ugly(self, spot: Spot) -> bool:
        ugly = self._config.values.get("uglyurls")
        return ugly.get(spot.folder.split("/")[0].lower()) is True if isinstance(ugly, Mapping) else ugly is True


def _build(page: Page) -> Mapping[str, Any]:
    return as_table(page.fields.get("build", page.fields.get("_build")))
