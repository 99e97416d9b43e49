"""Read dependencies and build options from a site's `package.json`."""

from __future__ import annotations

import re

from recommender.sites.root import SiteRoot
from recommender.sites.values import as_table

_PLACEHOLDERS = re.compile(r"//(?:(?:www\.|my-?site\.|your-[\w-]+\.)?example\.(?:com|org)|your-[\w.-]+)(?:[:/]|$)")


def needs(root: SiteRoot, name: str) -> bool:
    """Return True if `package.json` lists a package as a dependency."""
    package = root.optional_table("package.json")
    return any(name in as_table(package.get(kind)) for kind in ("dependencies", "devDependencies"))


def build_option(root: SiteRoot, command: str, *options: str) -> str | None:
    """Return the value of an option, such as `--input=src`, that a script of `package.json` gives to a command."""
    given = as_table(root.optional_table("package.json").get("scripts"))
    scripts = {name: text for name, text in given.items() if isinstance(text, str)}
    # Other scripts may build something else, such as a preview.
    usual = scripts.get("build", "")
    for script in [usual] if command in usual else scripts.values():
        for option in options if command in script else ():
            match = re.search(rf"(?<!\S){re.escape(option)}[= ]['\"]?([^\s'\"&|;]+)", script)
            if match:
                return match[1]
    return None


def known_url(url: object) -> str:
    """Return the URL in a setting; empty if there is none, or if it is a placeholder such as `https://example.com`."""
    return url.strip() if isinstance(url, str) and "//" in url and not _PLACEHOLDERS.search(url) else ""
