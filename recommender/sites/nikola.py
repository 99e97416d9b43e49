"""Profile of Nikola: files that POSTS names, with fields on top or in a .meta file beside them."""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from recommender.sites.addresses import to_ascii
from recommender.sites.fields import FieldReader
from recommender.sites.globs import is_regex
from recommender.sites.page import Page
from recommender.sites.profile import MARKDOWN, SiteProfile
from recommender.sites.python_settings import peek_python_settings, read_python_settings
from recommender.sites.root import SiteRoot
from recommender.sites.values import as_list, as_table

_CONF = "conf.py"
_NEUTRAL_TAGS = {"mathjax"}
_FIELD = re.compile(r"^\s*\.\. (.*?): (.*)$", re.MULTILINE)
_TITLED = re.compile(r"^\s*\.\. title: ", re.MULTILINE)
_HEAD_CHARS = 8_000
_MAX_FILES = 20
_LIST = """\
%if related:
<aside class="related">
  <ul>
  %for item in related:
    <li><a href="${item['webUrl']}">${item['title']|h}</a></li>
  %endfor
  </ul>
</aside>
%endif"""


class _Folder(NamedTuple):
    """An entry of POSTS or PAGES: the folder of files, a glob of their names, the destination by language."""

    place: str
    names: str
    destination: Mapping[str, str]

    def holds(self, path: str) -> bool:
        return path.startswith(self.place) and fnmatchcase(path.rpartition("/")[2], self.names)


class Nikola(SiteProfile):
    """A Nikola site.

    A translation inherits the fields of the original file, and a draft in one language makes drafts of all. The
    fields of files with translations are therefore read with the settings.
    """

    generator = "nikola"
    suffixes = (*MARKDOWN, ".rst", ".txt", ".html", ".htm")
    id_key = ""
    meta_suffix = ".meta"
    dated_names = False
    into = "data/related.json"
    snippet = f"""\
## templates/post.tmpl, below ${{post.text()}}
<%! import json %>
<% related = json.loads(post.meta('related') or '[]') if post.is_translation_available(lang) else [] %>
{_LIST}"""
    snippet_into = f"""\
## templates/post.tmpl, below ${{post.text()}}
<% related = global_data['related'].get(post.translated_source_path(lang).rpartition('.')[0], []) %>
{_LIST}"""

    @classmethod
    def recognise(cls, root: SiteRoot) -> str | None:
        """Recognise the settings POSTS and BLOG_TITLE, or files in `posts` with lines such as `.. title: ...`."""
        if root.has(_CONF):
            settings = peek_python_settings(root, _CONF)
            if "POSTS" in settings and ("BLOG_TITLE" in settings or "PAGES" in settings):
                return "conf.py has POSTS and BLOG_TITLE"
            return None
        for path in islice(_files(root, "posts/"), _MAX_FILES):
            if path.endswith((".meta", ".rst", ".md")) and _TITLED.search(root.head(path, _HEAD_CHARS)):
                return f"{path} has a line .. title:"
        return None

    def configure(self) -> None:
        """Read conf.py, and the fields that translations inherit."""
        conf = read_python_settings(self.root, _CONF)
        self._has_conf = bool(conf)
        main = conf.get("DEFAULT_LANG")
        self._main = main if isinstance(main, str) else "en"
        self.default_language = self._main.replace("_", "-") if self._has_conf else None
        self.zone = self.zone_of(conf.get("TIMEZONE"))
        site = conf.get("BASE_URL") or conf.get("SITE_URL")
        if self._has_conf:
            self.base = site.rstrip("/") if isinstance(site, str) else ""
        pairs = as_table(conf.get("TRANSLATIONS")).items()
        self._languages = {str(lang): str(place).strip("./") for lang, place in pairs} or {self._main: ""}
        self._translated = _translation_regex(conf.get("TRANSLATIONS_PATTERN"), self._languages)
        posts = conf.get("POSTS") if self._has_conf else (("posts/*", "posts"),)
        self._posts = [self._folder(entry) for entry in posts or () if _is_entry(entry)]
        self._pages = [self._folder(entry) for entry in conf.get("PAGES") or () if _is_entry(entry)]
        self._pretty = conf.get("PRETTY_URLS", True) is not False
        self._index = str(conf.get("INDEX_FILE") or "index.html")
        self._strips_index = conf.get("STRIP_INDEXES", True) is not False
        self._slugifies = conf.get("USE_SLUGIFY", True) is not False
        self._tags_count = conf.get("USE_TAG_METADATA", True) is not False
        named = conf.get("FILE_METADATA_REGEXP")
        self._named = re.compile(named) if isinstance(named, str) and named and is_regex(named) else None
        self._originals = self._read_originals() if len(self._languages) > 1 else {}

    def fingerprint(self) -> str:
        """Return a hash of the settings and of the fields that translations inherit."""
        originals = repr(sorted(self._originals.items()))
        return f"{super().fingerprint()}.{self.root.fingerprint([originals])}"

    def path_skip_reason(self, path: str) -> str | None:
        """Skip files that POSTS does not name."""
        if path.endswith("/"):
            is_near = any(path.startswith(each.place) or each.place.startswith(path) for each in self._posts)
            if not is_near:
                page = any(path.startswith(each.place) for each in self._pages)
                return "not an article: page" if page else "outside POSTS"
        elif not any(each.holds(path) for each in self._posts):
            return "not an article: page" if any(each.holds(path) for each in self._pages) else "outside POSTS"
        return super().path_skip_reason(path)

    def page_skip_reason(self, page: Page) -> str | None:
        """Skip posts without a date."""
        fields = self._with_original(page)
        if fields.get("date"):
            return None
        return "not an article: no date" if fields else "not an article: no fields"

    def as_read(self, page: Page) -> Page:
        """Return a page with the fields that a translation inherits."""
        return page._replace(fields=self._with_original(page))

    def topics(self, page: Page, reader: FieldReader) -> list[str]:
        """Return tags and category, without tags that are options of Nikola."""
        return [topic for topic in super().topics(page, reader) if topic.lower() not in _NEUTRAL_TAGS]

    def hidden(self, page: Page) -> str | None:
        """Hide pages by their status, or by a tag as on older sites."""
        why = super().hidden(page)
        if why is None and self._tags_count:
            tags = page.fields.get("tags")
            names = tags.split(",") if isinstance(tags, str) else as_list(tags)
            known = {str(name).strip().lower() for name in names}
            why = "draft" if "draft" in known else "private" if "private" in known else None
        return why

    def language(self, page: Page) -> str | None:
        """Return the language in the file name."""
        found = self._translated.match(page.path)
        return found["lang"].replace("_", "-") if found else None

    def translation_key(self, page: Page) -> str | None:
        """Return the path of the original file."""
        return self._untranslated(page.path)[0] if len(self._languages) > 1 else None

    def slug(self, page: Page) -> str:
        """Return the field `slug`, else the name of the original file."""
        if page.text("slug"):
            return page.text("slug")
        path, _ = self._untranslated(page.path)
        name = path.rpartition("/")[2] if path in self._originals else page.name
        if not self._slugifies:
            return re.sub(r'[/\\?#"\'\r\n\t*:<>|]', "-", name)
        return re.sub(r"[-\s]+", "-", re.sub(r"[^+\w\s-]", "", to_ascii(name)).strip().lower())

    def address(self, page: Page) -> str | None:
        """Return the destination in POSTS, below the folder of the language, with the slug."""
        entry = next((each for each in self._posts if each.holds(page.path)), None)
        if entry is None or not self._has_conf:
            return None
        _, lang = self._untranslated(page.path)
        destination = entry.destination.get(lang, entry.destination.get("", ""))
        folder = posixpath.normpath(posixpath.join(destination, page.folder.removeprefix(entry.place.rstrip("/"))[1:]))
        steps = [*self._languages.get(lang, "").split("/"), *folder.split("/"), self.slug(page)]
        path = "/".join(step for step in steps if step not in {"", "."})
        pretty = page.text("pretty_url").lower() or str(page.fields.get("pretty_url", "")).lower()
        is_pretty = pretty in {"true", "yes", "1"} if pretty else self._pretty and self.slug(page) != "index"
        address = f"{path}/index.html" if is_pretty else f"{path}.html"
        strips = self._strips_index and f"/{address}".endswith(f"/{self._index}")
        return address.removesuffix(self._index) if strips else address

    def _folder(self, entry: Any) -> _Folder:
        place, _, names = entry[0].rpartition("/")
        destination = entry[1] if isinstance(entry[1], dict) else {"": entry[1]}
        cleaned = {str(lang): str(path).strip("/") for lang, path in destination.items()}
        return _Folder(f"{place}/" if place else "", names, cleaned)

    def _untranslated(self, path: str) -> tuple[str, str]:
        """Return the path of the original file without suffix, and the language of this one."""
        found = self._translated.match(path)
        return (found["path"], found["lang"]) if found else (posixpath.splitext(path)[0], self._main)

    def _with_original(self, page: Page) -> dict[str, Any]:
        named = self._named.match(page.path) if self._named else None
        groups = named.groupdict() if named else {}
        found: dict[str, Any] = {key.lower(): value for key, value in groups.items() if value}
        path, lang = self._untranslated(page.path)
        own = {key: value for key, value in page.fields.items() if value not in ("", None)}
        original = self._originals.get(path)
        if original is None:
            return found | own
        if lang != self._main:
            found |= original
        found |= own
        if original.get("status") in {"draft", "private"}:
            found["status"] = original["status"]
        return found

    def _read_originals(self) -> dict[str, dict[str, str]]:
        """Return the fields of files with translations, by path without suffix; any draft makes all of them drafts."""
        originals: dict[str, dict[str, str]] = {}
        found: dict[str, list[str]] = {}
        for folder in {each.place for each in self._posts}:
            for path in _files(self.root, folder):
                translated = self._translated.match(path)
                if translated and path.endswith((*self.suffixes, self.meta_suffix)):
                    found.setdefault(translated["path"], []).append(path)
        for stem, translations in found.items():
            files = [f"{stem}{suffix}" for suffix in (*self.suffixes, self.meta_suffix)]
            original = [name for name in files if (self.root.folder / name).is_file()]
            if not original:
                continue
            fields = {key: value for name in original for key, value in self._fields(name).items()}
            for name in translations:
                status = self._fields(name).get("status", "")
                if status in {"draft", "private"}:
                    fields["status"] = status
            originals[stem] = fields
        return originals

    def _fields(self, path: str) -> dict[str, str]:
        found = _FIELD.findall(self.root.head(path, _HEAD_CHARS))
        return {key.lower(): value.strip() for key, value in found if value.strip()}


def _files(root: SiteRoot, folder: str) -> Iterator[str]:
    """Yield the paths of all files below a folder that are not hidden, sorted."""
    for place, folders, names in os.walk(root.folder / folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        inside = Path(place).relative_to(root.folder).as_posix()
        yield from (f"{inside}/{name}" for name in sorted(names) if not name.startswith("."))


def _is_entry(entry: Any) -> bool:
    match entry:
        case [str(), str() | dict(), *_]:
            return True
    return False


def _translation_regex(pattern: Any, languages: Mapping[str, str]) -> re.Pattern[str]:
    pattern = re.escape(pattern if isinstance(pattern, str) else "{path}.{lang}.{ext}")
    for field, part in (
        ("path", "(?P<path>.+?)"),
        ("ext", r"(?P<ext>[^./]+)"),
        ("lang", f"(?P<lang>{'|'.join(map(re.escape, languages))})"),
    ):
        pattern = pattern.replace(re.escape(f"{{{field}}}"), part)
    return re.compile(f"{pattern}$")
