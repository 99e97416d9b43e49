"""A site's folder, or a single file of it, as a source of articles."""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Container, Iterator, Mapping
from datetime import UTC, datetime
from fnmatch import translate
from functools import lru_cache
from pathlib import Path
from stat import S_ISREG
from typing import TYPE_CHECKING, NamedTuple

from recommender.article import MAX_TEXT_CHARS, Article, LostValue
from recommender.config import Settings
from recommender.errors import ArticleError, FrontMatterError, InputError, SourceError
from recommender.sites import Page, find_site
from recommender.sources.base import FileState, Found, ReadArticle, Skipped, Unchanged, Unreadable, reason

if TYPE_CHECKING:
    from recommender.sources.syntaxes.base import Document, RelatedField, Syntax

_RST = (".rst", ".txt")
_HTML = (".html", ".htm", ".xhtml")
_DOCUMENT = re.compile(r"\s*(?:<!--.*?-->\s*)*<(?:!doctype|html)\b", re.IGNORECASE | re.DOTALL)
_UNSETTLED = FileState(-1, 0, 0, 0)


class PageFile(NamedTuple):
    """A file that may hold an article.

    Attributes:
        file: The file with the text.
        path: Its path below the source.
        in_site: Its path below the site's root.
        meta: The file beside it with the fields, if the generator keeps them separately.
    """

    file: str
    path: str
    in_site: str
    meta: str | None = None

    @property
    def target(self) -> str:
        """The file that holds the fields, including the related one."""
        return self.meta or self.file

    @property
    def target_path(self) -> str:
        """The path of `target` below the source."""
        return self.path if self.meta is None else posixpath.splitext(self.path)[0] + posixpath.splitext(self.meta)[1]

    @property
    def article_id(self) -> str:
        """The default id of the article: the path below the source without its suffix."""
        return posixpath.splitext(self.path)[0]

    def state(self) -> FileState:
        """Return the state of the file, or of both files combined.

        Raises:
            OSError: If one does not exist.
            FrontMatterError: If it is not a regular file.
        """
        found = os.stat(self.file)  # noqa: PTH116 - paths stay plain texts, see `_read_bytes`
        if not S_ISREG(found.st_mode):
            raise FrontMatterError("this is not a regular file", expected="a readable file")
        state = FileState.of(found)
        if self.meta is None:
            return state
        meta = FileState.of(os.stat(self.meta))  # noqa: PTH116
        return FileState(
            state.size_bytes + meta.size_bytes,
            max(state.mtime_ns, meta.mtime_ns),
            max(state.ctime_ns, meta.ctime_ns),
            state.inode ^ meta.inode,
        )


class ParsedPage(NamedTuple):
    """A file that was read as a visible article.

    Attributes:
        article: The article; it has an id.
        names_itself: Whether the front matter gave the id.
        data: The bytes of the file that holds the fields.
        syntax: Their front matter syntax.
        document: That file parsed.
        origins: By field, the key that it came from.
        lost: Values that could not be read.
        expires: When the article becomes hidden from readers.
    """

    article: Article
    names_itself: bool
    data: bytes
    syntax: Syntax
    document: Document
    origins: Mapping[str, str]
    lost: tuple[LostValue, ...]
    expires: datetime | None

    def related_field(self) -> RelatedField | None:
        """Locate the related field, or the place for one; None for a file without front matter.

        Raises:
            FrontMatterError: If the field cannot be replaced safely.
        """
        return None if self.syntax.name == "plain" else self.syntax.find_related(self.data, self.document)


class SiteFolder:
    """A folder of article files; hidden files and folders are skipped.

    Args:
        location: The site's root, a folder inside it, or one around it.
        settings: How the site is read: `[sources]`, `[site]` and `[fields]`.
        now: The current time, after which an article is in the future.

    Raises:
        SourceError: If the site's own settings cannot be read.
        ConfigError: If the settings name an unknown generator.
    """

    kind = "folder"

    def __init__(self, location: Path, settings: Settings | None = None, *, now: datetime | None = None) -> None:
        settings = settings or Settings()
        self.location = location
        self.site = find_site(location if location.is_dir() else location.parent, settings.site, settings.fields)
        self.profile = self.site.profile
        self._settings = settings.sources
        self._now = now or datetime.now(UTC)
        self._root = os.path.realpath(location)

    def fingerprint(self) -> str:
        """Return the fingerprint of the reader and its settings; when it changes, everything is read again."""
        return f"{self.profile.fingerprint()}.{self._settings.fingerprint()}"

    def files(self, known: Container[str] = ()) -> Iterator[PageFile | Skipped]:
        """Yield every file below the folder that may hold an article, and what is skipped, sorted by path.

        Args:
            known: Paths of files that are known to hold articles.

        Raises:
            SourceError: If a folder cannot be listed.
        """
        yield from self._walk(str(self.location), "", known)

    def read(self, page: PageFile, state: FileState) -> ParsedPage | Skipped:
        """Read the article in a file, or return why the file is skipped.

        Raises:
            OSError: If the file cannot be read.
            InputError: If the file is invalid; with the line.
        """
        # Imported here, because a scan without changes does not need it.
        from recommender.sources.front_matter import decode
        from recommender.sources.syntaxes import syntax_of

        data = _read_bytes(page.file, state, self._settings.max_file_bytes)
        if page.meta is None:
            syntax = syntax_of(page.path, data)
            document = syntax.parse(data)
            fields, body, fields_data = document.fields, document.body, data
        else:
            fields_data = _read_bytes(page.meta, state, self._settings.max_file_bytes)
            syntax = syntax_of(page.meta, fields_data)
            document = syntax.parse(fields_data)
            fields, body = document.fields, decode(data)
        if not fields and not body.strip():
            return Skipped(page.path, "empty")
        if syntax.name == "plain" and posixpath.splitext(page.path)[1].lower() in _HTML:
            from recommender.sources.html_page import parse_page

            whole = parse_page(data) if _DOCUMENT.match(body) else None
            if whole is not None and whole.is_listing:
                return Skipped(page.path, "not an article: listing")
            if whole is not None:
                own = self.profile.fields_of_html(body)
                fields = {**whole.fields(), "noindex": whole.no_index}
                body = fields.pop("body", "")
                fields = fields if own is None else own
        described = Page(page.in_site, fields, body, syntax.name)
        why = self.profile.page_skip_reason(described)
        if why is not None:
            return Skipped(page.path, why)
        prose = _Prose(page.path, body)
        description = self.profile.describe(described, self._now, prose.heading)
        if description.hidden is not None:
            return Skipped(page.path, description.hidden)
        values = dict(description.fields)
        if description.origins.get("title") == "file name" and not body.strip() and "excerpt" not in values:
            return Skipped(page.path, "not an article: neither title nor text")
        lost = list(description.lost)
        names_itself = values.get("id") is not None
        if not names_itself:
            values["id"] = page.article_id
        if body.strip():
            if "body" in values:
                lost.append(LostValue("body", "a second text", "one text; the one below the front matter is used"))
            text = prose.text()
            if len(text) > MAX_TEXT_CHARS:
                shown, most = f"{len(text):,} characters long", f"at most {MAX_TEXT_CHARS:,}; the rest is cut off"
                lost.append(LostValue("body", shown, most))
            values["body"] = text[:MAX_TEXT_CHARS]
        try:
            article, more = Article.salvage(values)
        except ArticleError as error:
            raise error.at(f"line {document.line(error.what.split()[0].split('.')[0])}") from None
        lost += more
        origins, expires = description.origins, description.expires
        return ParsedPage(article, names_itself, fields_data, syntax, document, origins, tuple(lost), expires)

    def scan(self, known: Mapping[str, FileState]) -> Iterator[Found]:
        """Yield every file below the folder, sorted by path."""
        for found in self.files(known):
            yield found if isinstance(found, Skipped) else self._found(found, known.get(found.path))

    def _found(self, page: PageFile, known: FileState | None) -> Found:
        try:
            state = page.state()
            if state == known:
                return Unchanged(page.path)
            read = self.read(page, state)
        except OSError as error:
            return Unreadable(InputError(f"the file cannot be read: {reason(error)}", where=page.file), page.path)
        except InputError as error:
            return Unreadable(error.within(page.target), page.path)
        if isinstance(read, Skipped):
            return read
        # An article that will expire must be read in every scan.
        state = state if read.expires is None else _UNSETTLED
        return ReadArticle(read.article, page.file, page.path, state, read.lost, read.origins)

    def _walk(self, folder: str, prefix: str, known: Container[str]) -> Iterator[PageFile | Skipped]:
        try:
            with os.scandir(folder) as entries:
                found = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            raise SourceError(f"the folder cannot be listed: {reason(error)}", where=folder) from None
        metas = self._metas(found)
        for entry in found:
            path = f"{prefix}{entry.name}"
            if entry.name.startswith(".") or matches(path, self._settings.exclude):
                continue
            if entry.is_dir(follow_symlinks=False):
                why = self._passes_over_folder(f"{path}/")
                if why is None:
                    yield from self._walk(entry.path, f"{path}/", known)
                else:
                    yield Skipped(f"{path}/", why)
            elif entry.is_symlink() and _is_folder(entry):
                yield from self._follow(entry, path, known)
            elif entry.is_symlink() and _leads_nowhere(entry.path):
                yield Skipped(path, "a broken link")
            elif entry.name not in metas.values():
                yield self._file(entry.path, path, metas.get(entry.name), is_known=path in known)

    def _metas(self, entries: list[os.DirEntry[str]]) -> dict[str, str]:
        """Map the name of an article's file to that of the file beside it with its fields."""
        suffix = self.profile.meta_suffix
        if not suffix:
            return {}
        names = {entry.name for entry in entries}
        beside = {name: posixpath.splitext(name)[0] + suffix for name in names if not name.endswith(suffix)}
        return {name: meta for name, meta in beside.items() if meta in names}

    def _file(self, file: str, path: str, meta: str | None, *, is_known: bool) -> PageFile | Skipped:
        in_site = self.site.path_in_site(path)
        if is_known and in_site is not None and meta is None:
            return PageFile(file, path, in_site)
        suffix = posixpath.splitext(path)[1].lower()
        include = self._settings.include
        if include is not None and not matches(path, include):
            return Skipped(path, f"kind {suffix or path.rpartition('/')[2]}")
        if include is None and suffix not in self.profile.suffixes:
            return Skipped(path, f"kind {suffix or 'without suffix'}")
        if in_site is None:
            return Skipped(path, "outside the site")
        why = self.profile.path_skip_reason(in_site)
        if why is not None:
            return Skipped(path, why)
        return PageFile(file, path, in_site, None if meta is None else str(Path(file).with_name(meta)))

    def _passes_over_folder(self, path: str) -> str | None:
        in_site = self.site.path_in_site(path)
        if in_site is None:
            # The site's root may be further down.
            return None if self.site.below.startswith(path) else "outside the site"
        return self.profile.path_skip_reason(in_site) if in_site else None

    def _follow(self, entry: os.DirEntry[str], path: str, known: Container[str]) -> Iterator[PageFile | Skipped]:
        """Walk the target of a link to a folder, if it is in the site and is not walked otherwise."""
        target = os.path.relpath(os.path.realpath(entry.path), self._root)
        if target.startswith(os.pardir):
            yield Skipped(f"{path}/", "a link that leads out of the site")
            return
        steps = Path(target).parts
        met = all(
            not step.startswith(".") and self._passes_over_folder(f"{'/'.join(steps[: place + 1])}/") is None
            for place, step in enumerate(steps)
        )
        if met or target == os.curdir or f"{path}/".startswith(f"{target}/"):
            yield Skipped(f"{path}/", "a link to a folder that is read already")
        elif self._passes_over_folder(f"{path}/") is None:
            yield from self._walk(entry.path, f"{path}/", known)


class SiteFile(SiteFolder):
    """A single file of a site as a source of one article."""

    kind = "file"

    def files(self, known: Container[str] = ()) -> Iterator[PageFile | Skipped]:
        """Yield the file; as it was named explicitly, only its content can make it skipped."""
        name = self.location.name
        meta = self.location.with_suffix(self.profile.meta_suffix) if self.profile.meta_suffix else None
        is_beside = meta is not None and meta != self.location and meta.is_file()
        yield PageFile(str(self.location), name, self.site.path_in_site(name) or name, str(meta) if is_beside else None)


class _Prose:
    """The text of a file without the markup of its format, converted when it is needed."""

    def __init__(self, path: str, body: str) -> None:
        self._suffix = posixpath.splitext(path)[1].lower()
        self._body = body

    def heading(self) -> str | None:
        from recommender.text.markup import heading_of

        if self._suffix in _HTML:
            from recommender.text import clean

            found = re.search(r"<(h1|title)\b[^>]*>(.*?)</\1\s*>", self._body[:100_000], re.IGNORECASE | re.DOTALL)
            return clean(found[2]) or None if found else None
        return heading_of(self._body)

    def text(self) -> str:
        if self._suffix in _HTML:
            from recommender.text.markup import prose_of_html

            return prose_of_html(self._body)
        if self._suffix in _RST:
            from recommender.text.markup import prose_of_rst

            return prose_of_rst(self._body)
        return self._body


def _read_bytes(file: str, state: FileState, max_bytes: int) -> bytes:
    if state.size_bytes > max_bytes:
        what, hint = f"the file has {state.size_bytes:,} bytes", "raise sources.max_file_bytes if this is an article"
        raise FrontMatterError(what, expected=f"at most {max_bytes:,}", hint=hint)
    # Paths stay plain texts: for small files, creating Path objects takes as long as reading.
    with open(file, "rb", buffering=0) as stream:  # noqa: PTH123
        return stream.read()


def _leads_nowhere(path: str) -> bool:
    try:
        os.stat(path)  # noqa: PTH116
    except FileNotFoundError:
        return True
    except OSError:
        return False  # a link to itself; reading it raises the error
    return False


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False  # a link to itself; reading it raises the error


def matches(path: str, patterns: tuple[str, ...]) -> bool:
    """Return whether a pattern matches: the whole path if it contains a slash, else the name; case is ignored."""
    if not patterns:
        return False
    path = path.lower()
    name = path.rpartition("/")[2]
    return any(regex.match(path if whole else name) is not None for regex, whole in _compiled(patterns))


@lru_cache(maxsize=32)
def _compiled(patterns: tuple[str, ...]) -> list[tuple[re.Pattern[str], bool]]:
    wanted = [pattern.rstrip("/").lower() for pattern in patterns]
    return [(re.compile(translate(pattern)), "/" in pattern) for pattern in wanted]
