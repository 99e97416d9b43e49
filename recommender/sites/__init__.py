"""What kind of site a folder holds: recognised from its own files, or named by `[site] generator`."""

from __future__ import annotations

from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from recommender.config import FieldSettings, SiteSettings
from recommender.errors import ConfigError, SourceError
from recommender.sites.page import Page
from recommender.sites.profile import Description, SiteProfile
from recommender.sites.root import SiteRoot

__all__ = ["GENERATORS", "Description", "DetectedSite", "Page", "SiteProfile", "find_site", "profile_class"]

_CLASSES = {
    "everyday": "everyday.Everyday",
    "docusaurus": "docusaurus.profile.Docusaurus",
    "astro": "astro.profile.Astro",
    "eleventy": "eleventy.profile.Eleventy",
    "hexo": "hexo.Hexo",
    "nikola": "nikola.Nikola",
    "pelican": "pelican.profile.Pelican",
    "mkdocs": "mkdocs.MkDocs",
    "ablog": "sphinx.ABlog",
    "sphinx": "sphinx.Sphinx",
    "zola": "zola.Zola",
    "hugo": "hugo.profile.Hugo",
    "jekyll": "jekyll.profile.Jekyll",
    "html": "html_pages.HtmlPages",
    "markdown": "plain.PlainMarkdown",
}
"""In the order in which they are asked: what only one generator has comes first. Each is imported when it is asked."""

GENERATORS = tuple(_CLASSES)
"""The names of all generators that are known."""

_INNER = ("website", "site", "docs", "www", "web", "blog", "src", "documentation")
"""Folders of a repository that often hold its site."""
_PARENTS = 3
_PLAIN = frozenset({"everyday", "html", "markdown"})
_LOOKED_INTO = 60
_NAMED = 3


class DetectedSite(NamedTuple):
    """A site, and where the folder that was named lies in it.

    Attributes:
        profile: What kind of site it is.
        inside: The named folder's path below the site's root, with a final slash; empty if it is the root.
        below: The root's path below the named folder, with a final slash; empty if it is not below it.
    """

    profile: SiteProfile
    inside: str = ""
    below: str = ""

    def path_in_site(self, path: str) -> str | None:
        """The path below the site's root of what lies at `path` below the named folder; None if it is outside."""
        if self.below:
            return path.removeprefix(self.below) if path.startswith(self.below) else None
        return f"{self.inside}{path}"


def find_site(
    folder: Path, settings: SiteSettings | None = None, fields: FieldSettings | None = None, *, near: bool = True
) -> DetectedSite:
    """Say what kind of site `folder` is, or is a part of.

    Args:
        folder: What is to be read: the site's root, a folder in it (`content`, `_posts`), or one around it.
        settings: `[site]`; a generator named there is not looked for.
        fields: `[fields]`.
        near: Look into the folders around and below it too.

    Raises:
        ConfigError: If the settings name a generator that is not known.
        SourceError: If the site's own settings cannot be read.
    """
    settings, fields = settings or SiteSettings(), fields or FieldSettings()
    names = GENERATORS if settings.generator is None else (_known(settings.generator),)
    resolved = folder.resolve()
    places = [(resolved, "", "")]
    if near:
        places += [(resolved / name, "", f"{name}/") for name in _INNER if (resolved / name).is_dir()]
        place = resolved
        for parent in list(resolved.parents)[:_PARENTS]:
            # What lies around a project is none of its own.
            if (place / ".git").exists() or parent == parent.parent:
                break
            place = parent
            places.append((parent, f"{resolved.relative_to(parent).as_posix()}/", ""))
    for place, inside, below in places:
        root = SiteRoot(place)
        for kind in map(profile_class, names):
            evidence = kind.recognise(root)
            if evidence is not None:
                profile = kind(root, settings, fields, evidence)
                if not inside or profile.path_skip_reason(inside) is None:
                    return DetectedSite(profile, inside, below)
    kind = profile_class(names[-1])
    evidence = "named in the settings"
    if settings.generator is None:
        evidence = "nothing tells of a generator"
        below = ", ".join(_sites_below(resolved)) if near else ""
        evidence += f", but there are sites in {below}: name one" if below else ""
    return DetectedSite(kind(SiteRoot(resolved), settings, fields, evidence))


def _sites_below(folder: Path) -> list[str]:
    """A few folders, up to two steps down, that are sites of their own."""
    found: list[str] = []
    kinds = [profile_class(name) for name in GENERATORS if name not in _PLAIN]
    places, looked = [(folder, "")], 0
    while places and looked < _LOOKED_INTO and len(found) < _NAMED:
        place, path = places.pop(0)
        looked += 1
        if path and any(_recognises(kind, place) for kind in kinds):
            found.append(path)
        elif path.count("/") < 1:
            inner = [name for name in SiteRoot(place).names() if "." not in name and name != "node_modules"]
            places += [(place / name, f"{path}/{name}".strip("/")) for name in inner if (place / name).is_dir()]
    return found


def _recognises(kind: type[SiteProfile], folder: Path) -> bool:
    try:
        return kind.recognise(SiteRoot(folder)) is not None
    except SourceError:
        return False


def profile_class(generator: str) -> type[SiteProfile]:
    """The profile of a generator's sites."""
    module, _, name = _CLASSES[generator].rpartition(".")
    found: type[SiteProfile] = getattr(import_module(f"recommender.sites.{module}"), name)
    return found


def _known(name: str) -> str:
    wanted = name.strip().casefold()
    if wanted not in _CLASSES:
        near = get_close_matches(wanted, GENERATORS, n=1)
        raise ConfigError(
            f"site.generator is {name!r}",
            expected=f"one of {', '.join(GENERATORS)}",
            hint=f"did you mean {near[0]}?" if near else None,
        )
    return wanted
