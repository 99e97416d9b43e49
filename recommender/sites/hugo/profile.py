"""Hugo sites: sections, page bundles, permalinks, languages, drafts."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from recommender.sites.dates import date_of_name
from recommender.sites.hugo.config import Language, find_config, read_config
from recommender.sites.hugo.content import HugoContent, Spot, pattern_for
from recommender.sites.hugo.dates import DATE_KEYS, PUBLISHED_KEYS, HugoDates
from recommender.sites.hugo.paths import NO_DATE, PathRules, escape, expand, join
from recommender.sites.page import Page
from recommender.sites.profile import Description, SiteProfile
from recommender.sites.root import SiteRoot

_LISTINGS = frozenset({"search", "archive", "archives", "categories", "tags"})
"""Layouts that make a whole page without a text of its own."""
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
    """A site made by Hugo.

    Pages at the top of the content without a date, such as `about.md`, are no articles where there are sections.
    """

    generator = "hugo"
    suffixes = (".md", ".markdown", ".mdown", ".html", ".htm")
    keys = {"authors": ("authors", "author", "params.authors", "params.author")}  # noqa: RUF012
    # Templates look for a page's list by its path.
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
        """Hugo's configuration."""
        return find_config(root)

    def configure(self) -> None:
        """Read the configuration, and walk the content for sections and bundles."""
        config = read_config(self.root)
        self._config = config
        self._content = HugoContent.read(self.root, config)
        self.base = config.text("baseurl").rstrip("/")
        self.zone = self.zone_of(config.text("timezone"))
        # Pages are hidden by the date of their publication, which may be another one.
        self.future_is_shown = True
        self._shows_future = config.values.get("buildfuture") is True
        self._shows_drafts = config.values.get("builddrafts") is True
        self._shows_expired = config.values.get("buildexpired") is True
        said = config.text("defaultcontentlanguage") or config.text("locale") or config.text("languagecode")
        self.default_language = said or (config.default if config.has_languages else None)
        self._rules = PathRules(
            keeps_case=config.values.get("disablepathtolower") is True,
            drops_accents=config.values.get("removepathaccents") is True,
        )
        self._ignored = [re.compile(pattern) for pattern in config.names("ignorefiles") if _is_pattern(pattern)]
        self._dates = HugoDates(config.table("frontmatter"))
        self._adapt_snippet()

    def _adapt_snippet(self) -> None:
        """Name the folders of the content in the snippet, for a list is found by the path of its page."""
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
        """What the answers depend on: the configuration, the sections, and what these give to their pages."""
        return f"{super().fingerprint()}.{self.root.fingerprint([self._content.describe()])}"

    # Which files are articles.

    def path_skip_reason(self, path: str) -> str | None:
        """Everything outside the content, pages of sections, and what belongs to a bundle."""
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
        """HTML without front matter, pages that are not rendered, and single pages beside the sections are none."""
        if page.syntax not in _SYNTAXES and page.path.endswith((".html", ".htm")):
            return "no front matter"
        page = self._as_read(page)
        spot = self._spot(page)
        build = page.fields.get("build", page.fields.get("_build"))
        render = build.get("render", "always") if isinstance(build, Mapping) else "always"
        is_headless = spot.is_bundle and page.is_true("headless")
        if is_headless or render in {False, "never", "link"}:
            return "not an article: headless"
        if not page.body.strip() and {page.text("layout"), page.text("type")} & _LISTINGS:
            return "not an article: listing"
        is_dated = any(key in page.fields for key in PUBLISHED_KEYS) or date_of_name(spot.name) is not None
        if not spot.folder and self._content.sections and not is_dated:
            return "not an article: page"
        return None

    # What they say.

    def describe(self, page: Page, now: datetime, heading: Callable[[], str | None] = lambda: None) -> Description:
        """Describe a page as Hugo sees it: with what its sections give to it."""
        page = self._as_read(page)
        if self._dates.is_told:
            date = self._date("date", page)
            page = page._replace(fields={**page.fields, "date": date}) if date else page
        return super().describe(page, now, heading)

    def _as_read(self, page: Page) -> Page:
        # What looks like header lines is text to Hugo.
        fields = page.fields if page.syntax in _SYNTAXES else {}
        # Hugo does not tell upper from lower case in the names of fields.
        named = {key.lower(): key for key in fields if key.lower() in _KNOWN and key.lower() != key}
        if named:
            fields = {**fields, **{lower: fields[key] for lower, key in named.items()}}
        given = self._content.cascaded(self._spot(page))
        return page._replace(fields={**given, **fields} if given else fields)

    def _spot(self, page: Page) -> Spot:
        return self._content.spot(page.path) or Spot(page.folder, page.name, self._config.default)

    def _date(self, name: str, page: Page) -> datetime | None:
        return self._dates.find(name, page.fields, self._spot(page).name)

    def hidden(self, page: Page) -> str | None:
        """Drafts, and pages that their author keeps out of lists."""
        why = super().hidden(page)
        if why == "draft" and self._shows_drafts:
            why = None
        build = page.fields.get("build", page.fields.get("_build"))
        is_listed = not isinstance(build, Mapping) or build.get("list", "always") not in {False, "never"}
        return why or (None if is_listed else "unlisted")

    def _hidden(self, page: Page, now: datetime) -> str | None:
        why = super()._hidden(page, now)
        published = self._date("publishdate", page)
        if why is None and published is not None and not self._shows_future and self.settings.drafts != "show":
            return "in the future" if self._aware(published) > now else None
        return why

    def expires(self, page: Page) -> datetime | None:
        """When Hugo makes no page of it any more."""
        date = None if self._shows_expired else self._date("expirydate", page)
        return None if date is None else self._aware(date)

    def _aware(self, date: datetime) -> datetime:
        return date if date.tzinfo else date.replace(tzinfo=self.zone).astimezone(UTC)

    def language(self, page: Page) -> str | None:
        """The language of the file's name or folder."""
        return self._spot(page).language if self._config.has_languages else None

    def translation_key(self, page: Page) -> str | None:
        """The path that translations share, unless the page names a key."""
        if not self._config.has_languages:
            return None
        said = page.text("translationkey") or page.text("translationKey")
        return said or self._spot(page).path.lower()

    # Where they are served.

    def slug(self, page: Page) -> str:
        """The slug of the front matter, else the name of the file or bundle."""
        return self._said_slug(page) or self._spot(page).name

    def _said_slug(self, page: Page) -> str:
        value = page.fields.get("slug")
        said = str(value).strip("-") if isinstance(value, str | int) else ""
        return said or self._dates.slug_of_name(self._spot(page).name)

    def content_path(self, page: Page) -> str:
        """The path below the content, without suffix and language."""
        return self._spot(page).path

    def address(self, page: Page) -> str | None:
        """The address of the front matter, that of a permalink, or the path below the content."""
        spot = self._spot(page)
        language = self._config.languages[spot.language]
        url = page.text("url")
        if url:
            return self._address_of_url(page, spot, language, url)
        pattern = pattern_for(language.permalinks or self._config.values.get("permalinks"), spot)
        path = self._expand(pattern, page, spot) if pattern else join(spot.folder, self.slug(page))
        if path is None:
            return None
        path = self._rules.sanitise(join(path).rstrip("/"))
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
            path = self._rules.sanitise(path)
        is_relative = not url.startswith("/")
        return self._in_language(language, path.removesuffix("index.html"), safe="%", prefix=is_relative)

    def _in_language(self, language: Language, path: str, *, safe: str = "", prefix: bool = True) -> str:
        path = escape(join(language.prefix, path) if language.prefix and prefix else path, safe)
        return path if language.base is None else f"{language.base.rstrip('/')}{path}"

    def _expand(self, pattern: str, page: Page, spot: Spot) -> str | None:
        title = page.text("title")
        urlise = self._rules.sanitise
        slug = self._said_slug(page)
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

    def _is_ugly(self, spot: Spot) -> bool:
        told = self._config.values.get("uglyurls")
        return told.get(spot.folder.split("/")[0].lower()) is True if isinstance(told, Mapping) else told is True


_KNOWN = frozenset(
    {"draft", "slug", "url", "title", "headless", "build", "_build", "translationkey", "published"} | DATE_KEYS
)
_SYNTAXES = frozenset({"yaml", "toml", "json"})


def _is_pattern(text: str) -> bool:
    try:
        re.compile(text)
    except re.error:
        return False
    return True
