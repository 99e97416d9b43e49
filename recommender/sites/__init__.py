"""Site profiles, and detection of the generator of a site from its files or from `[site] generator`."""

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
    "html": "plain.HtmlPages",
    "markdown": "plain.PlainMarkdown",
}
"""Classes in the order in which they are tried, the most specific evidence first; each is imported on first use."""

GENERATORS = tuple(_CLASSES)
"""The names of all supported generators."""

_SUBFOLDERS = ("website", "site", "docs", "www", "web", "blog", "src", "documentation")
"""Folders of a repository that often hold its site."""
_MAX_PARENTS = 3
_GENERIC = frozenset({"everyday", "html", "markdown"})
_MAX_FOLDERS = 60
_MAX_SUGGESTIONS = 3


class DetectedSite(NamedTuple):
    """A site, and its position relative to the folder that was given.

    Attributes:
        profile: The profile of the site.
        inside: The path from the site's root to the folder, with a final slash; empty if the root is not above it.
        below: The path from the folder to the site's root, with a final slash; empty if the root is not below it.
    """

    profile: SiteProfile
    inside: str = ""
    below: str = ""

    def path_in_site(self, path: str) -> str | None:
        """Convert a path relative to the given folder to one relative to the site's root; None if it is outside."""
        if self.below:
            return path.removeprefix(self.below) if path.startswith(self.below) else None
        return f"{self.inside}{path}"


def find_site(
    folder: Path, settings: SiteSettings | None = None, fields: FieldSettings | None = None, *, near: bool = True
) -> DetectedSite:
    """Detect the site that `folder` is, contains, or belongs to.

    Args:
        folder: The site's root, a folder in it (`content`, `_posts`), or one around it.
        settings: `[site]`; a generator named there is the only one tried.
        fields: `[fields]`.
        near: Look into the folders around and below it too.

    Raises:
        ConfigError: If the settings name an unknown generator.
        SourceError: If the site's own settings cannot be read.
    """
    settings, fields = settings or SiteSettings(), fields or FieldSettings()
    names = GENERATORS if settings.generator is None else (_known(settings.generator),)
    resolved = folder.resolve()
    places = [(resolved, "", "")]
    if near:
        places += [(resolved / name, "", f"{name}/") for name in _SUBFOLDERS if (resolved / name).is_dir()]
        place = resolved
        for parent in list(resolved.parents)[:_MAX_PARENTS]:
            # Do not leave the project.
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
        evidence = "no generator was recognised"
        below = ", ".join(_sites_below(resolved)) if near else ""
        evidence += f", but there are sites in {below}: name one" if below else ""
    return DetectedSite(kind(SiteRoot(resolved), settings, fields, evidence))


def _sites_below(folder: Path) -> list[str]:
    """Return a few folders, at most two levels down, that are sites."""
    found: list[str] = []
    kinds = [profile_class(name) for name in GENERATORS if name not in _GENERIC]
    places, looked = [(folder, "")], 0
    while places and looked < _MAX_FOLDERS and len(found) < _MAX_SUGGESTIONS:
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
    """Return the profile class of a generator."""
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
