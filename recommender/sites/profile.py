"""The base class of site profiles: which files are articles, how their fields are named, where they are served."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any, ClassVar

from recommender.article import LostValue, format_date
from recommender.config import FieldSettings, SiteSettings
from recommender.sites.addresses import fields_of, fill, is_absolute, join, slugify, split_base
from recommender.sites.dates import date_of_name
from recommender.sites.fields import KEYS, FieldReader
from recommender.sites.page import Page
from recommender.sites.root import SiteRoot
from recommender.text import clean

MARKDOWN = (".md", ".markdown", ".mdown", ".mkd")
_NOT_ARTICLES = re.compile(
    r"(?:readme|license|licence|copying|notice|changelog|changes|history|contributing|code[-_]of[-_]conduct|security|"
    r"authors|maintainers|governance|support|todo|claude|agents|pull_request_template|issue_template|404|500|"
    r"privacy|privacy[-_]policy|cookies?|cookie[-_]policy|terms|terms[-_]of[-_](?:use|service)|"
    r"terms[-_]and[-_]conditions|"
    r"imprint|impressum|datenschutz|datenschutzerkl(?:ae|ä)rung|agb|legal|disclaimer|aviso[-_]legal|mentions[-_]legales)",
    re.IGNORECASE,
)
_NOT_CONTENT = frozenset(
    {"node_modules", "bower_components", "vendor", "venv", "__pycache__", "dist", "_site", "_layouts", "_includes"}
)
JINJA_LIST = """\
<aside class="related">
  <ul>
  {% for item in related %}
    <li><a href="{{ item.webUrl }}">{{ item.title | e }}</a></li>
  {% endfor %}
  </ul>
</aside>"""
"""The part of a snippet that several generators with Jinja templates share."""
_DATE_PREFIX = re.compile(r"^\d{4}-\d{1,2}-\d{1,2}[-_]")
_DATE_FIELDS = {"year": "%Y", "month": "%m", "day": "%d"}
_MARKUP = re.compile(r"</?[a-zA-Z][^<>]*>|\{%|\{\{")
_RESULT_KEYS = frozenset({"related", "title", "webUrl", "publishedDateTime", "language"})
_VERSION = "2"
"""Increased when profiles describe the same page differently, so that files are read again."""


@dataclass(frozen=True)
class Description:
    """A page as its profile reads it.

    Attributes:
        fields: The article's fields, as `Article.salvage` reads them, without its body.
        origins: The source of each field: a key, `file name`, `heading`, `settings`, `path` or `generator`.
        lost: Values that could not be read.
        hidden: Why the page is hidden from readers, as a noun; None if it is not.
        expires: When the page will be hidden from readers.
    """

    fields: dict[str, Any]
    origins: dict[str, str]
    lost: Sequence[LostValue] = ()
    hidden: str | None = None
    expires: datetime | None = None


class SiteProfile:
    """One kind of site; a subclass overrides what its generator does differently.

    A profile is created after its class recognised a site. It reads all settings in `configure`, and then describes
    pages without touching the disk.

    Args:
        root: The site's own files.
        settings: `[site]` of related.toml.
        fields: `[fields]` of related.toml.
        evidence: What the site was recognised by.

    Attributes:
        base: The site's base URL; only a path if its host is unknown, None if nothing is known.
        default_language: The language of pages that name none.
        zone: The time zone of dates without one, and of days in addresses.
        content_folder: The folder that `{path}` is relative to, with a final slash; empty for the root.
    """

    generator: ClassVar[str] = "markdown"
    suffixes: ClassVar[tuple[str, ...]] = MARKDOWN
    """Suffixes of files that may be articles."""
    keys: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    """Keys of each field that are tried before those in `KEYS`."""
    common_keys: ClassVar[bool] = True
    """Whether all of `KEYS` are tried, not only the first of each field."""
    id_key: ClassVar[str] = "id"
    """The key of an article's id; empty if the generator uses `id` for something else."""
    dated_names: ClassVar[bool] = True
    """Whether a date in the path is the article's date."""
    future_is_shown: bool = False
    """Whether the generator publishes articles dated in the future."""
    unpublished_is_hidden: ClassVar[bool] = True
    """Whether `published: false` hides a page."""
    meta_suffix: ClassVar[str] = ""
    """Suffix of files that hold the fields of the article beside them; empty if there are none."""
    entry_has_id: ClassVar[bool] = True
    """Whether an item of a `related` field has its article's id."""
    field_is_allowed: ClassVar[bool] = True
    """Whether a page may have a `related` field; if not, only `--into` writes."""
    into: str = "related.json"
    """The default file of `--into`, where templates find it."""
    address_key: ClassVar[str] = ""
    """The key in which a page names its own address."""
    snippet: str = ""
    """Template code that shows the `related` field of a page."""
    snippet_into: str = ""
    """Template code that shows the lists written by `--into`."""

    def __init__(self, root: SiteRoot, settings: SiteSettings, fields: FieldSettings, evidence: str = "") -> None:
        self.root = root
        self.settings = settings
        self.evidence = evidence
        self.base: str | None = None
        self.default_language: str | None = None
        self.zone: tzinfo = UTC
        self.content_folder = ""
        self._keys = {name: getattr(fields, name) or self._known_keys(name) for name in KEYS}
        self.configure()
        self._pattern: str | None = None
        if settings.url is not None and fields_of(settings.url):
            self._pattern = settings.url
        elif settings.url is not None:
            self.base = settings.url.rstrip("/")
        if settings.language is not None:
            self.default_language = settings.language

    def _known_keys(self, name: str) -> tuple[str, ...]:
        known = KEYS[name] if self.common_keys else KEYS[name][:1]
        return tuple(dict.fromkeys((*self.keys.get(name, ()), *known)))

    @classmethod
    def recognise(cls, root: SiteRoot) -> str | None:
        """Return the evidence that a site is of this kind, such as `hugo.toml`; None if there is none."""
        return None

    def configure(self) -> None:
        """Read the site's settings: `base`, `default_language`, `zone` and whatever else the profile needs."""

    def fingerprint(self) -> str:
        """Return a hash of everything that descriptions depend on, beside the page itself."""
        keys = repr(sorted(self._keys.items()))
        return self.root.fingerprint([self.generator, self.settings.model_dump_json(), keys, _VERSION])

    def path_skip_reason(self, path: str) -> str | None:
        """Return why a path is not an article's; None if it may be.

        Args:
            path: Relative to the site's root. A folder ends with a slash; a reason applies to everything in it.
        """
        if path.endswith("/"):
            name = path.rstrip("/").rpartition("/")[2]
            return f"not an article: {name}" if name in _NOT_CONTENT else None
        stem = posixpath.splitext(path.rpartition("/")[2])[0]
        return f"not an article: {stem}" if _NOT_ARTICLES.fullmatch(stem) else None

    def outside_reason(self, path: str) -> str | None:
        """Return why a path outside `content_folder` is skipped; None for a folder above it."""
        is_above = path.endswith("/") and self.content_folder.startswith(path)
        return None if is_above else f"outside {self.content_folder.rstrip('/')}"

    def page_skip_reason(self, page: Page) -> str | None:
        """Return why a page is not an article, such as a template; None if it is one."""
        return None

    def fields_of_html(self, text: str) -> dict[str, Any] | None:
        """Return the fields in the head of a whole HTML page; None if the generator reads none there."""
        return None

    def as_read(self, page: Page) -> Page:
        """Return a page with the fields that the generator adds to its own or reads differently."""
        return page

    def describe(self, page: Page, now: datetime, heading: Callable[[], str | None] = lambda: None) -> Description:
        """Describe a page.

        Args:
            page: The page; its date is set here.
            now: Later dates are in the future.
            heading: Returns the first heading of the body, for a page without a title.
        """
        page = self.as_read(page)
        reader = FieldReader(page.fields, self._keys)
        date = reader.date()
        if date is None and self.dated_names:
            date = self.date_of_path(page)
            if date is not None:
                reader.origins["published"] = "file name"
        page = page._replace(date=date)
        title = reader.text("title")
        if title is None:
            title, reader.origins["title"] = self._title(page, heading)
        found: dict[str, Any] = {
            "title": title,
            "excerpt": self._excerpt(reader),
            "publishedDateTime": None if date is None else format_date(self.aware(date)),
            "authors": self.authors(page, reader),
            "topics": self.topics(page, reader),
            "language": self._language(page, reader),
            "translationKey": self.translation_key(page),
            "webUrl": self._web_url(page, reader),
            "images": self._images(reader),
        }
        kept = {key: value for key, value in page.fields.items() if key not in reader.used and key not in _RESULT_KEYS}
        if not self.id_key:
            kept.pop("id", None)
        elif self.id_key != "id":
            kept["id"] = kept.pop(self.id_key, None)
        fields = {**kept, **{key: value for key, value in found.items() if value not in (None, [], "")}}
        return Description(fields, reader.origins, reader.lost, self._hidden(page, now), self.expires(page))

    def date_of_path(self, page: Page) -> datetime | None:
        """Return the date in a page's path."""
        return date_of_name(page.path.rpartition("/")[2])

    def topics(self, page: Page, reader: FieldReader) -> list[str]:
        """Return the page's topics."""
        return reader.names("topics")

    def authors(self, page: Page, reader: FieldReader) -> list[str]:
        """Return the names of the page's authors."""
        return reader.names("authors")

    def address(self, page: Page) -> str | None:
        """Return a page's address relative to the site's base; None if it is unknown."""
        return None

    def hidden(self, page: Page) -> str | None:
        """Return why a page is hidden from readers, as a noun; None if it is not."""
        if page.is_true("draft") or page.is_true("unlisted"):
            return "draft" if page.is_true("draft") else "unlisted"
        if self.unpublished_is_hidden and page.is_false("published"):
            return "draft"
        status = page.text("status").casefold()
        if status in {"draft", "hidden", "private", "skip", "pending", "trash"}:
            return "draft" if status == "pending" else status
        if page.is_true("private"):
            return "private"
        if page.text("password"):
            return "password"
        return "noindex" if page.is_true("noindex") or "noindex" in page.text("robots").casefold() else None

    def expires(self, page: Page) -> datetime | None:
        """Return when a page will be hidden from readers, with a time zone."""
        return None

    def language(self, page: Page) -> str | None:
        """Return the language in a page's path."""
        return None

    def translation_key(self, page: Page) -> str | None:
        """Return the key that a page shares with its translations; None on a site in one language."""
        return page.text("translationKey") or None

    def slug(self, page: Page) -> str:
        """Return the last step of a page's address, for `{slug}` in a pattern."""
        name = page.folder.rpartition("/")[2] if page.name == "index" and page.folder else page.name
        return page.text("slug").strip("/") or slugify(_DATE_PREFIX.sub("", name))

    def content_path(self, page: Page) -> str:
        """Return the path below the content folder, without suffix, for `{path}` in a pattern."""
        return page.stem.removeprefix(self.content_folder)

    def local(self, date: datetime) -> datetime:
        """Return a date in the site's time zone."""
        return date.astimezone(self.zone) if date.tzinfo else date

    def aware(self, date: datetime) -> datetime:
        """Return a date with a time zone, by default the site's."""
        return date if date.tzinfo else date.replace(tzinfo=self.zone)

    def _hidden(self, page: Page, now: datetime) -> str | None:
        if self.settings.drafts == "show":
            return None
        why = self.hidden(page)
        if why is not None:
            return why
        if page.date is not None and not self.future_is_shown and self.aware(page.date) > now:
            return "in the future"
        expires = self.expires(page)
        return "expired" if expires is not None and expires <= now else None

    def _title(self, page: Page, heading: Callable[[], str | None]) -> tuple[str, str]:
        found = heading()
        if found:
            return found, "heading"
        words = re.sub(r"[-_]+", " ", _DATE_PREFIX.sub("", page.name)).strip()
        if words == "index" and page.folder:
            words = re.sub(r"[-_]+", " ", page.folder.rpartition("/")[2])
        return words[:1].upper() + words[1:], "file name"

    def _excerpt(self, reader: FieldReader) -> str | None:
        found = reader.text("excerpt")
        if found is None or not self.common_keys or not _MARKUP.search(found):
            return found
        # Templates show an excerpt as plain text.
        return clean(found)

    def _language(self, page: Page, reader: FieldReader) -> str | None:
        if given := reader.language() if self.common_keys else reader.text("language"):
            return given
        if language := self.language(page):
            reader.origins["language"] = "path"
            return language
        if self.default_language:
            reader.origins["language"] = "settings"
        return self.default_language

    def _web_url(self, page: Page, reader: FieldReader) -> str | None:
        given = reader.text("url")
        if given is not None:
            # An absolute `webUrl` needs no base, and neither does any value if it is the only key.
            is_whole = reader.origins["url"] == "webUrl" and is_absolute(given.strip())
            return given if is_whole or self._keys["url"] == KEYS["url"] else join(self.base or "", given)
        if self._pattern is not None:
            reader.origins["url"] = "settings"
            return self._from_pattern(page)
        address = self.address(page)
        if address is None or (self.base is None and not is_absolute(address)):
            return None
        reader.origins["url"] = "generator"
        return join(self.base or "", address)

    def _from_pattern(self, page: Page) -> str | None:
        given = page.text(self.address_key) if self.address_key else ""
        if given and not re.search(r"[{%:]", given):
            # A page's own address overrides the pattern.
            own = self.address(page)
            if own is not None:
                base = self.base or ""
                return join(base if is_absolute(base) else split_base(self._pattern or "")[0], own)
        date = self.local(page.date) if page.date else None
        path = self.content_path(page)
        language = page.text("lang") or page.text("language") or self.language(page)
        values = {
            "path": path,
            "name": page.name,
            "slug": self.slug(page),
            "id": page.text("id") or page.stem,
            "section": path.partition("/")[0] if "/" in path else "",
            "language": language or self.default_language or "",
            **{name: f"{date:{form}}" if date else "" for name, form in _DATE_FIELDS.items()},
        }
        address = fill(self._pattern or "", values)
        return None if address is None else join("", address)

    def _images(self, reader: FieldReader) -> list[dict[str, Any]] | None:
        key = next((key for key in self._keys["images"] if reader.get(key) is not None), None)
        if key is None or key == "images":
            return None
        found = []
        host, _ = split_base(self.base or "")
        for address in reader.names("images", ""):
            if is_absolute(address):
                found.append({"url": address})
            elif address.startswith("/") and host:
                found.append({"url": join(host, address)})
        # Keep the key: templates use it, and it may hold more than the address.
        reader.used.discard(key)
        return found

    def zone_of(self, name: Any) -> tzinfo:
        """Return the time zone with this IANA name; UTC if there is none."""
        if not name:
            return UTC
        from zoneinfo import ZoneInfo

        try:
            return ZoneInfo(str(name))
        except (KeyError, ValueError, OSError):
            return UTC
