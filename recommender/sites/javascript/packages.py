"""What a site's `package.json` says: the packages it needs, and how it is built."""

from __future__ import annotations

import re
from typing import Any

from recommender.errors import SourceError
from recommender.sites.root import SiteRoot

_PLACEHOLDERS = re.compile(r"//(?:(?:www\.|my-?site\.|your-[\w-]+\.)?example\.(?:com|org)|your-[\w.-]+)(?:[:/]|$)")


def package(root: SiteRoot) -> dict[str, Any]:
    """The contents of `package.json`; empty if there is none, or if it is broken."""
    try:
        return root.table("package.json")
    except SourceError:
        return {}


def needs(root: SiteRoot, name: str) -> bool:
    """Whether `package.json` names a package among those that the site needs."""
    found = package(root)
    return any(
        isinstance(names := found.get(kind), dict) and name in names for kind in ("dependencies", "devDependencies")
    )


def build_option(root: SiteRoot, command: str, *options: str) -> str | None:
    """The value of an option, such as `--input=src`, of a command in the scripts of `package.json`."""
    given = package(root).get("scripts")
    scripts = {name: text for name, text in given.items() if isinstance(text, str)} if isinstance(given, dict) else {}
    # Others may build for another place, such as a preview.
    usual = scripts.get("build", "")
    for script in [usual] if command in usual else scripts.values():
        for option in options if command in script else ():
            match = re.search(rf"(?<!\S){re.escape(option)}[= ]['\"]?([^\s'\"&|;]+)", script)
            if match:
                return match[1]
    return None


def known_url(url: object) -> str:
    """An address as settings give it; empty for none, and for what templates of new sites put there."""
    return url.strip() if isinstance(url, str) and "//" in url and not _PLACEHOLDERS.search(url) else ""
