"""What kind of site a folder holds: recognised from its own files, or named by `[site] generator`."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from recommender.config import FieldSettings, SiteSettings
from recommender.errors import ConfigError
from recommender.sites.ablog import ABlog, Sphinx
from recommender.sites.astro import Astro
from recommender.sites.docusaurus import Docusaurus
from recommender.sites.eleventy import Eleventy
from recommender.sites.everyday import Everyday
from recommender.sites.hexo import Hexo
from recommender.sites.hugo import Hugo
from recommender.sites.jekyll import Jekyll
from recommender.sites.mkdocs import MkDocs
from recommender.sites.nikola import Nikola
from recommender.sites.pages import HtmlPages
from recommender.sites.pelican import Pelican
from recommender.sites.plain import PlainMarkdown
from recommender.sites.profile import Description, Page, Profile
from recommender.sites.root import SiteRoot
from recommender.sites.zola import Zola

__all__ = ["PROFILES", "Description", "Page", "Profile", "Site", "find_site"]

PROFILES: tuple[type[Profile], ...] = (
    Everyday,
    Docusaurus,
    Astro,
    Eleventy,
    Hexo,
    Nikola,
    Pelican,
    MkDocs,
    ABlog,
    Sphinx,
    Zola,
    Hugo,
    Jekyll,
    HtmlPages,
    PlainMarkdown,
)
"""In the order in which they are asked: what only one generator has comes first."""

_INNER = ("website", "site", "docs", "www", "web", "blog", "src", "documentation")
"""Folders of a repository that often hold its site."""
_PARENTS = 3


class Site(NamedTuple):
    """A site, and where the folder that was named lies in it.

    Attributes:
        profile: What kind of site it is.
        inside: The named folder's path below the site's root, with a final slash; empty if it is the root.
        below: The root's path below the named folder, with a final slash; empty if it is not below it.
    """

    profile: Profile
    inside: str = ""
    below: str = ""

    def path_in_site(self, path: str) -> str | None:
        """The path below the site's root of what lies at `path` below the named folder; None if it is outside."""
        if self.below:
            return path.removeprefix(self.below) if path.startswith(self.below) else None
        return f"{self.inside}{path}"


def find_site(
    folder: Path, settings: SiteSettings | None = None, fields: FieldSettings | None = None, *, near: bool = True
) -> Site:
    """Say what kind of site `folder` is, or is a part of.

    Args:
        folder: What is to be read: the site's root, a folder in it (`content`, `_posts`), or one around it.
        settings: `[site]`; a generator named there is not looked for.
        fields: `[fields]`.
        near: Look into the folders around and below it too.

    Raises:
        ConfigError: If the settings name a generator that is not known.
        SourceError: If the site's own settings can not be read.
    """
    settings, fields = settings or SiteSettings(), fields or FieldSettings()
    kinds = PROFILES if settings.generator is None else (_named(settings.generator),)
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
        for kind in kinds:
            evidence = kind.recognise(root)
            if evidence is not None:
                profile = kind(root, settings, fields, evidence)
                if not inside or profile.passes_over(inside) is None:
                    return Site(profile, inside, below)
    kind = kinds[-1]
    evidence = "named in the settings" if settings.generator else "nothing tells of a generator"
    return Site(kind(SiteRoot(resolved), settings, fields, evidence))


def _named(name: str) -> type[Profile]:
    wanted = name.strip().casefold()
    for kind in PROFILES:
        if kind.generator == wanted:
            return kind
    raise ConfigError(
        f"site.generator is {name!r}", expected=f"one of {', '.join(kind.generator for kind in PROFILES)}"
    )
