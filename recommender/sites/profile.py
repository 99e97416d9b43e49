"""A profile says of one kind of site which files are articles, how their fields are named and where they are served."""

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
_NO_ARTICLES = re.compile(
    r"(?:readme|license|licence|copying|notice|changelog|changes|history|contributing|code[-_]of[-_]conduct|security|"
    r"authors|maintainers|governance|support|todo|claude|agents|pull_request_template|issue_template|404|500|"
    r"privacy|privacy[-_]policy|cookies?|cookie[-_]policy|terms|terms[-_]of[-_](?:use|service)|"
    r"terms[-_]and[-_]conditions|"
    r"imprint|impressum|datenschutz|datenschutzerkl(?:ae|ä)rung|agb|legal|disclaimer|aviso[-_]legal|mentions[-_]legales)",
    re.IGNORECASE,
)
_NO_CONTENT = frozenset(
    {"node_modules", "bower_components", "vendor", "venv", "__pycache__", "dist", "_site", "_layouts", "_includes"}
)


@dataclass(frozen=True)
class Description:
    """What a profile says of a page.

    Attributes:
        fields: The fields of an article, as `Article.salvage` reads them; without its body.
        origins: By field, where it came from: a key, `file name`, `heading`, `settings`, `path`.
        lost: Values that could not be read.
        hidden: Why readers may not see it, as a noun; None if they may.
        expires: When readers may not see it any more.
    """

    fields: dict[str, Any]
    origins: dict[str, str]
    lost: Sequence[LostValue] = ()
    hidden: str | None = None
    expires: datetime | None = None


class SiteProfile:
    """One kind of site. A subclass says what its generator does; what it does not say is as here.

    Subclasses are made where they recognise a site, read all settings they need in `configure`, and answer for one page
    after another without touching the disk.

    Args:
        root: The site's own files.
        settings: What `[site]` of related.toml says.
        fields: What `[fields]` says.

    Attributes:
        base: Where the site is served: scheme, host and path; only a path where no host is known, None if nothing is.
        default_language: Of pages that do not say theirs.
        zone: In which dates without a zone are meant, and by which addresses name days.
    """

    generator: ClassVar[str] = "markdown"
    suffixes: ClassVar[tuple[str, ...]] = MARKDOWN
    """Of files that may be articles."""
    keys: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    """By field, keys that are looked for before those of `KEYS`."""
    common_keys: ClassVar[bool] = True
    """Whether the keys that sites commonly use are looked for too, and not only an article's own."""
    id_key: ClassVar[str] = "id"
    """The key that names an article for good; empty where the generator means something else by it."""
    names_separators: ClassVar[str] = ","
    """What parts the names in a text of topics."""
    dated_names: ClassVar[bool] = True
    """Whether a date that a file's name begins with is the article's."""
    future_is_shown: bool = False
    """Whether the generator makes pages of articles whose date is yet to come."""
    meta_suffix: ClassVar[str] = ""
    """Of files that hold the fields of the article beside them; empty where there are none."""
    entry_has_id: ClassVar[bool] = True
    """Whether an item of a related field names its article by id too."""
    field_is_allowed: ClassVar[bool] = True
    """Whether the generator bears a field `related` in a page; where it does not, only `--into` writes."""
    into: str = "related.json"
    """Where `--into` best writes, so that templates find it."""
    address_key: ClassVar[str] = ""
    """The key by which a page names its own address."""
    snippet: str = ""
    """What a template needs to show the related field of a page."""
    snippet_into: str = ""
    """What it needs to show the lists that `--into` wrote."""

    def __init__(self, root: SiteRoot, settings: SiteSettings, fields: FieldSettings, evidence: str = "") -> None:
        self.root = root
        self.settings = settings
        self.evidence = evidence
        self.base: str | None = None
        self.default_language: str | None = None
        self.zone: tzinfo = UTC
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
        """What tells that a site is of this kind, such as `hugo.toml`; None if nothing does."""
        return None

    def configure(self) -> None:
        """Read the site's settings; sets `base`, `default_language`, `zone` and what else the profile needs."""

    def fingerprint(self) -> str:
        """What the answers of this profile depend on, beside the page itself."""
        keys = repr(sorted(self._keys.items()))
        return self.root.fingerprint([self.generator, self.settings.model_dump_json(), keys, _VERSION])

    # Which files are articles.

    def path_skip_reason(self, path: str) -> str | None:
        """Why a file is no article, told from its path alone; None if it may be one.

        Args:
            path: Below the site's root; it ends with a slash for a folder, which is then passed over whole.
        """
        if path.endswith("/"):
            name = path.rstrip("/").rpartition("/")[2]
            return f"not an article: {name}" if name in _NO_CONTENT else None
        stem = posixpath.splitext(path.rpartition("/")[2])[0]
        return f"not an article: {stem}" if _NO_ARTICLES.fullmatch(stem) else None

    def page_skip_reason(self, page: Page) -> str | None:
        """Why a file that was read is no article, such as a template; None if it is one."""
        return None

    def fields_of_html(self, text: str) -> dict[str, Any] | None:
        """The fields that the generator reads from the head of a whole HTML page; None if it reads none there."""
        return None

    # What it says.

    def describe(self, page: Page, now: datetime, heading: Callable[[], str | None] = lambda: None) -> Description:
        """Everything that the profile says of a page.

        Args:
            page: As it was read; its date is found here.
            now: What is later is in the future.
            heading: The first heading of the body, for a page that names no title.
        """
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
            "publishedDateTime": self._moment(date),
            "authors": self.authors(page, reader),
            "topics": self.topics(page, reader),
            "language": self._language(page, reader),
            "translationKey": self.translation_key(page),
        }
        found["webUrl"] = self._web_url(page, reader)
        found["images"] = self._images(reader)
        kept = {key: value for key, value in page.fields.items() if key not in reader.used and key not in _ANSWERS}
        if not self.id_key:
            kept.pop("id", None)
        elif self.id_key != "id":
            kept["id"] = kept.pop(self.id_key, None)
        fields = {**kept, **{key: value for key, value in found.items() if value not in (None, [], "")}}
        return Description(fields, reader.origins, reader.lost, self._hidden(page, now), self.expires(page))

    def date_of_path(self, page: Page) -> datetime | None:
        """The date that a page's path holds."""
        return date_of_name(page.path.rpartition("/")[2])

    def topics(self, page: Page, reader: FieldReader) -> list[str]:
        """The page's topics."""
        return reader.names("topics", self.names_separators)

    def authors(self, page: Page, reader: FieldReader) -> list[str]:
        """The names of the page's authors."""
        return reader.names("authors")

    def address(self, page: Page) -> str | None:
        """Where the generator serves a page, from the site's base on; None if that cannot be known."""
        return None

    def hidden(self, page: Page) -> str | None:
        """Why readers may not see a page, as a noun; None if they may."""
        if page.is_true("draft") or page.is_true("unlisted"):
            return "draft" if page.is_true("draft") else "unlisted"
        if page.is_false("published"):
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
        """When readers may not see a page any more; aware."""
        return None

    def language(self, page: Page) -> str | None:
        """The language that a page's path tells."""
        return None

    def translation_key(self, page: Page) -> str | None:
        """What a page and its translations have in common; None where a site has one language."""
        return page.text("translationKey") or None

    def slug(self, page: Page) -> str:
        """The last step of a page's address, for `{slug}` in a pattern."""
        name = page.folder.rpartition("/")[2] if page.name == "index" and page.folder else page.name
        return page.text("slug").strip("/") or slugify(re.sub(r"^\d{4}-\d{1,2}-\d{1,2}[-_]", "", name))

    def content_path(self, page: Page) -> str:
        """The page's path below the folder that holds the content, without suffix, for `{path}` in a pattern."""
        return page.stem

    # The parts of `describe` that subclasses leave alone.

    def local(self, date: datetime) -> datetime:
        """A date as the site's own calendar has it."""
        return date.astimezone(self.zone) if date.tzinfo else date

    def _moment(self, date: datetime | None) -> str | None:
        if date is None:
            return None
        return format_date(date if date.tzinfo else date.replace(tzinfo=self.zone))

    def _hidden(self, page: Page, now: datetime) -> str | None:
        if self.settings.drafts == "show":
            return None
        why = self.hidden(page)
        if why is not None:
            return why
        date = page.date
        if date is not None and not self.future_is_shown:
            date = date if date.tzinfo else date.replace(tzinfo=self.zone)
            if date > now:
                return "in the future"
        expires = self.expires(page)
        return "expired" if expires is not None and expires <= now else None

    def _title(self, page: Page, heading: Callable[[], str | None]) -> tuple[str, str]:
        found = heading()
        if found:
            return found, "heading"
        words = re.sub(r"[-_]+", " ", re.sub(r"^\d{4}-\d{1,2}-\d{1,2}[-_]", "", page.name)).strip()
        if words == "index" and page.folder:
            words = re.sub(r"[-_]+", " ", page.folder.rpartition("/")[2])
        return words[:1].upper() + words[1:], "file name"

    def _excerpt(self, reader: FieldReader) -> str | None:
        found = reader.text("excerpt")
        if found is None or not self.common_keys or not _MARKUP.search(found):
            return found
        # Templates show an excerpt as the text that it is.
        return clean(found)

    def _language(self, page: Page, reader: FieldReader) -> str | None:
        said = reader.language() if self.common_keys else reader.text("language")
        if said:
            return said
        told = self.language(page)
        if told:
            reader.origins["language"] = "path"
            return told
        if self.default_language:
            reader.origins["language"] = "settings"
        return self.default_language

    def _web_url(self, page: Page, reader: FieldReader) -> str | None:
        given = reader.text("url")
        if given is not None and (self._keys["url"] == KEYS["url"] or _is_whole(reader.origins["url"], given)):
            return given
        if given is not None:
            return join(self.base or "", given)
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
            # What a page says of itself goes before what is said of all.
            own = self.address(page)
            if own is not None:
                base = self.base or ""
                return join(base if is_absolute(base) else split_base(self._pattern or "")[0], own)
        date = self.local(page.date) if page.date else None
        path = self.content_path(page)
        said = page.text("lang") or page.text("language") or self.language(page)
        values = {
            "path": path,
            "name": page.name,
            "slug": self.slug(page),
            "id": page.text("id") or page.stem,
            "section": path.partition("/")[0] if "/" in path else "",
            "language": said or self.default_language or "",
            "year": f"{date:%Y}" if date else "",
            "month": f"{date:%m}" if date else "",
            "day": f"{date:%d}" if date else "",
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
        # The key says more than its address, and templates use it: it is kept.
        reader.used.discard(key)
        return found

    def zone_of(self, name: Any) -> tzinfo:
        """The time zone of this name, UTC if there is none."""
        if not name:
            return UTC
        from zoneinfo import ZoneInfo

        try:
            return ZoneInfo(str(name))
        except (KeyError, ValueError, OSError):
            return UTC


def _is_whole(key: str, address: str) -> bool:
    """Whether an address stands as it is: an article's own key holds it, and it names its host."""
    return key == "webUrl" and is_absolute(address.strip())


_MARKUP = re.compile(r"</?[a-zA-Z][^<>]*>|\{%|\{\{")
_ANSWERS = frozenset({"related", "title", "webUrl", "publishedDateTime", "language"})
_VERSION = "2"
"""Raised when profiles say something else of the same page, so that files are read again."""
