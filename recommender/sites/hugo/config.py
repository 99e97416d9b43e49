"""Read the configuration of a Hugo site: its files, languages and content folders."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from recommender.sites.root import SiteRoot
from recommender.sites.values import as_list, as_table

_SUFFIXES = (".toml", ".yaml", ".yml", ".json")
_FOLDERS = ("config/_default", "config/production")
_PINNED = re.compile(r"hugo[\w-]*version\W+v?(\d+)\.(\d+)", re.IGNORECASE)
_URLS_AS_WRITTEN = (0, 131)
"""The first version that does not lower-case `url` in front matter."""


@dataclass(frozen=True)
class Language:
    """A language of the site.

    Attributes:
        key: Its key in file names and addresses.
        base: Its base URL, if it has its own host.
        prefix: The first step of its addresses, if any.
        is_disabled: Whether its pages are not published.
        permalinks: Its permalinks, which override those of the site.
    """

    key: str
    base: str | None = None
    prefix: str = ""
    is_disabled: bool = False
    permalinks: Mapping[str, Any] = field(default_factory=dict)


class Mount(NamedTuple):
    """A content folder, the path below the content that it is mounted at, and its language."""

    folder: str
    below: str = ""
    language: str | None = None


@dataclass(frozen=True)
class HugoConfig:
    """The configuration of a site.

    Attributes:
        values: All of it, with keys in lower case.
        languages: Languages by key; the default one is always present.
        default: The key of the default language.
        mounts: Content folders, the longest first.
        has_languages: Whether more than one language is enabled.
        sanitises_urls: Whether the site's version of Hugo lower-cases `url` in front matter.
    """

    values: Mapping[str, Any]
    languages: Mapping[str, Language]
    default: str
    mounts: tuple[Mount, ...]
    has_languages: bool
    sanitises_urls: bool

    def text(self, key: str) -> str:
        """Return a string; empty if there is none."""
        value = self.values.get(key)
        return value.strip() if isinstance(value, str) else ""

    def table(self, key: str) -> Mapping[str, Any]:
        """Return a table; empty if there is none."""
        return as_table(self.values.get(key))

    def is_true(self, key: str) -> bool:
        """Return True if a setting is `true`."""
        return self.values.get(key) is True


def find_config(root: SiteRoot) -> str | None:
    """Return the configuration file of a Hugo site; None if there is none."""
    stems = ("hugo", f"{_FOLDERS[0]}/hugo", f"{_FOLDERS[0]}/config")
    found = root.find(*(f"{stem}{suffix}" for stem in stems for suffix in _SUFFIXES))
    if found is not None:
        return found
    # Other programs have a file of this name too.
    found = root.find(*(f"config{suffix}" for suffix in _SUFFIXES))
    if found is None:
        return None
    keys = {key.casefold() for key in root.table(found)}
    has_folder = any(root.has(name) for name in ("content", "archetypes", "layouts", "themes"))
    return found if keys & {"baseurl", "languagecode", "theme", "contentdir"} and has_folder else None


def read_config(root: SiteRoot) -> HugoConfig:
    """Read and merge all configuration files of a site.

    Raises:
        SourceError: If a file cannot be read.
    """
    values = _lowered(root.table(*(f"{stem}{suffix}" for stem in ("hugo", "config") for suffix in _SUFFIXES)))
    for folder in _FOLDERS:
        for place, table in _parts(root, folder):
            _merge(values, place, table)
    default = str(values.get("defaultcontentlanguage") or "en").lower()
    languages = _languages(values, default)
    default = default if default in languages or not languages else next(iter(languages))
    languages = languages or {default: Language(default)}
    mounts = tuple(sorted(_mounts(values, root), key=lambda mount: -len(mount.folder)))
    shown = sum(not language.is_disabled for language in languages.values())
    return HugoConfig(values, languages, default, mounts, shown > 1, _sanitises_urls(root))


def _parts(root: SiteRoot, folder: str) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """Yield the table in each file of a folder, and its place in the configuration."""
    for name in root.names(folder):
        stem, dot, suffix = name.rpartition(".")
        if f"{dot}{suffix}" not in _SUFFIXES:
            continue
        key, _, language = stem.lower().partition(".")
        place: tuple[str, ...] = () if key in {"hugo", "config"} else (key,)
        if language:
            place = ("languages", language) if key == "languages" else ("languages", language, *place)
        yield place, _lowered(root.table(f"{folder}/{name}"))


def _lowered(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key).lower(): _lowered(inner) for key, inner in value.items()}
    return [_lowered(item) for item in value] if isinstance(value, list) else value


def _merge(values: dict[str, Any], place: tuple[str, ...], table: Mapping[str, Any]) -> None:
    for step in place:
        inner = values.get(step)
        if not isinstance(inner, dict):
            inner = values[step] = {}
        values = inner
    for key, value in table.items():
        if isinstance(value, dict) and isinstance(values.get(key), dict):
            _merge(values, (key,), value)
        else:
            values[key] = value


def _language_tables(values: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    return {key: table for key, table in as_table(values.get("languages")).items() if isinstance(table, dict)}


def _languages(values: Mapping[str, Any], default: str) -> dict[str, Language]:
    tables = _language_tables(values)
    disabled = {str(key).lower() for key in values.get("disablelanguages") or ()}
    disabled |= {key for key, table in tables.items() if table.get("disabled") is True}
    is_many = len(tables.keys() - disabled) > 1
    bases = {key: str(table["baseurl"]) for key, table in tables.items() if table.get("baseurl")}
    is_multihost = is_many and bool(bases)
    in_folder = values.get("defaultcontentlanguageinsubdir") is True
    found = {}
    for key, table in sorted(tables.items(), key=lambda item: _weight(item[1])):
        has_prefix = is_many and not is_multihost and (in_folder or key != default)
        found[key] = Language(
            key,
            bases.get(key) if is_many else None,
            key if has_prefix else "",
            key in disabled,
            as_table(table.get("permalinks")),
        )
    return found


def _weight(table: Mapping[str, Any]) -> float:
    weight = table.get("weight")
    return float(weight) if isinstance(weight, int | float) and weight else float("inf")


def _mounts(values: Mapping[str, Any], root: SiteRoot) -> Iterator[Mount]:
    mounted = False
    for mount in as_list(as_table(values.get("module")).get("mounts")):
        target = str(mount.get("target") or "").strip("/") if isinstance(mount, dict) else ""
        source = str(mount.get("source") or "").strip("/") if target.split("/")[0] == "content" else ""
        if source and root.has(source):
            language = str(mount["lang"]).lower() if mount.get("lang") else None
            mounted = True
            yield Mount(f"{source}/", f"{target.removeprefix('content').strip('/')}/".lstrip("/"), language)
    if mounted:
        return
    content = str(values.get("contentdir") or "content").strip("./")
    tables = _language_tables(values)
    folders = {key: str(table.get("contentdir") or "").strip("./") for key, table in tables.items()}
    if not folders or not all(folders.values()):
        yield Mount(f"{content}/")
    for key, folder in folders.items():
        if folder:
            yield Mount(f"{folder}/", "", key)


def _sanitises_urls(root: SiteRoot) -> bool:
    for name in ("netlify.toml", *(f".github/workflows/{name}" for name in root.names(".github/workflows"))):
        match = _PINNED.search(root.text(name) or "")
        if match:
            return (int(match[1]), int(match[2])) < _URLS_AS_WRITTEN
    return False
