"""The configuration of a Hugo site: one file or a folder of them, languages, where content lies."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from recommender.sites.root import SiteRoot

_SUFFIXES = (".toml", ".yaml", ".yml", ".json")
_FOLDERS = ("config/_default", "config/production")
_PINNED = re.compile(r"hugo[\w-]*version\W+v?(\d+)\.(\d+)", re.IGNORECASE)
_URLS_AS_WRITTEN = (0, 131)
"""The first version that does not put `url` of the front matter into lower case."""


@dataclass(frozen=True)
class Language:
    """A language of the site.

    Attributes:
        key: As file names and addresses have it.
        base: Where it is served, if it has a host of its own.
        prefix: The first step of its addresses, if it has one.
        is_disabled: Whether no pages of it are made.
        permalinks: Its own, which go before those of the site.
    """

    key: str
    base: str | None = None
    prefix: str = ""
    is_disabled: bool = False
    permalinks: Mapping[str, Any] = field(default_factory=dict)


class Mount(NamedTuple):
    """A folder of the site that holds content, where it lies in the content of the site, and its language."""

    folder: str
    below: str = ""
    language: str | None = None


@dataclass(frozen=True)
class HugoConfig:
    """What is needed of a configuration.

    Attributes:
        values: The whole of it, its keys in lower case.
        languages: By key; the default language is always there.
        default: The key of the default language.
        mounts: Folders of content, the deepest first.
        has_languages: Whether there is more than one, beside those that are disabled.
        sanitises_urls: Whether the version of Hugo that the site names puts `url` of front matter into lower case.
    """

    values: Mapping[str, Any]
    languages: Mapping[str, Language]
    default: str
    mounts: tuple[Mount, ...]
    has_languages: bool
    sanitises_urls: bool

    def text(self, key: str) -> str:
        """A text of the configuration; empty if there is none."""
        value = self.values.get(key)
        return value.strip() if isinstance(value, str) else ""

    def table(self, key: str) -> Mapping[str, Any]:
        """A table of the configuration; empty if there is none."""
        value = self.values.get(key)
        return value if isinstance(value, dict) else {}

    def names(self, key: str) -> list[str]:
        """A list of texts; empty if there is none."""
        value = self.values.get(key)
        return [str(item) for item in value] if isinstance(value, list) else []


def find_config(root: SiteRoot) -> str | None:
    """The file that tells of a Hugo site; None if none does."""
    found = root.find(*(f"hugo{suffix}" for suffix in _SUFFIXES))
    if found is not None:
        return found
    for folder in _FOLDERS[:1]:
        found = root.find(*(f"{folder}/{name}{suffix}" for name in ("hugo", "config") for suffix in _SUFFIXES))
        if found is not None:
            return found
    # Many programs have a file of this name.
    found = root.find(*(f"config{suffix}" for suffix in _SUFFIXES))
    if found is None:
        return None
    keys = {key.casefold() for key in root.table(found)}
    has_folder = any(root.has(name) for name in ("content", "archetypes", "layouts", "themes"))
    return found if keys & {"baseurl", "languagecode", "theme", "contentdir"} and has_folder else None


def read_config(root: SiteRoot) -> HugoConfig:
    """Read and merge everything that configures a site.

    Raises:
        SourceError: If a file cannot be read.
    """
    values: dict[str, Any] = {}
    for name in (f"{stem}{suffix}" for stem in ("hugo", "config") for suffix in _SUFFIXES):
        if root.find(name):
            values = _lowered(root.table(name))
            break
    for folder in _FOLDERS:
        for place, table in _parts(root, folder):
            _merge(values, place, table)
    languages = _languages(values)
    default = str(values.get("defaultcontentlanguage") or "en").lower()
    default = default if default in languages or not languages else next(iter(languages))
    languages = languages or {default: Language(default)}
    mounts = tuple(sorted(_mounts(values, root), key=lambda mount: -len(mount.folder)))
    shown = sum(not language.is_disabled for language in languages.values())
    return HugoConfig(values, languages, default, mounts, shown > 1, _sanitises_urls(root))


def _parts(root: SiteRoot, folder: str) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """What the files of a folder say, and where in the configuration that belongs."""
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


def _languages(values: Mapping[str, Any]) -> dict[str, Language]:
    told = values.get("languages")
    tables = {key: table for key, table in told.items() if isinstance(table, dict)} if isinstance(told, dict) else {}
    default = str(values.get("defaultcontentlanguage") or "en").lower()
    disabled = {str(key).lower() for key in values.get("disablelanguages") or ()}
    disabled |= {key for key, table in tables.items() if table.get("disabled") is True}
    is_many = len(tables.keys() - disabled) > 1
    bases = {key: str(table["baseurl"]) for key, table in tables.items() if table.get("baseurl")}
    is_multihost = is_many and bool(bases)
    in_folder = values.get("defaultcontentlanguageinsubdir") is True
    found = {}
    for key, table in sorted(tables.items(), key=lambda item: _weight(item[1])):
        has_prefix = is_many and not is_multihost and (in_folder or key != default)
        permalinks = table.get("permalinks")
        found[key] = Language(
            key,
            bases.get(key) if is_many else None,
            key if has_prefix else "",
            key in disabled,
            permalinks if isinstance(permalinks, dict) else {},
        )
    return found


def _weight(table: Mapping[str, Any]) -> float:
    weight = table.get("weight")
    return float(weight) if isinstance(weight, int | float) and weight else float("inf")


def _mounts(values: Mapping[str, Any], root: SiteRoot) -> Iterator[Mount]:
    module = values.get("module")
    mounts = module.get("mounts") if isinstance(module, dict) else None
    mounted = False
    for mount in mounts if isinstance(mounts, list) else ():
        target = str(mount.get("target") or "").strip("/") if isinstance(mount, dict) else ""
        source = str(mount.get("source") or "").strip("/") if target.split("/")[0] == "content" else ""
        if source and root.has(source):
            language = str(mount["lang"]).lower() if mount.get("lang") else None
            mounted = True
            yield Mount(f"{source}/", f"{target.removeprefix('content').strip('/')}/".lstrip("/"), language)
    if mounted:
        return
    content = str(values.get("contentdir") or "content").strip("./")
    told = values.get("languages")
    tables = [(key, table) for key, table in told.items() if isinstance(table, dict)] if isinstance(told, dict) else []
    folders = {key: str(table.get("contentdir") or "").strip("./") for key, table in tables}
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
