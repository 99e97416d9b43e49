"""Slugs of Docusaurus blogs and docs, from file names and front matter."""

from __future__ import annotations

import posixpath
import re

from recommender.sites.page import Page

DATED_PATH = re.compile(r"(?P<folder>.*)(?P<date>\d{4}[-/]\d{1,2}[-/]\d{1,2})[-/]?(?P<text>.*?)(?:/index)?")
"""A post's path below its blog, without suffix, if the names of its file or folders contain a date."""
_NO_PREFIX = re.compile(r"\d+[-_.]\d+")
_PREFIX = re.compile(r"\d+\s*[-_.]+\s*([^-_.\s].*)")


def blog_slug(page: Page, path: str) -> str:
    """Return a post's address relative to its blog."""
    given = page.text("slug")
    if given:
        return given
    match = DATED_PATH.fullmatch(path)
    if match is None:
        return re.sub(r"(?:^|/)index$", "", path)
    return f"{match['date'].replace('-', '/')}/{match['folder']}{match['text']}"


def doc_slug(page: Page, path: str, prefixes: bool) -> str:
    """Return a doc's address relative to its route.

    Args:
        page: The doc, whose front matter overrides its path.
        path: The path below the docs folder, without suffix.
        prefixes: Whether leading numbers of names are dropped.
    """
    prefixes = prefixes and not page.is_false("parse_number_prefixes")
    folder, _, name = path.rpartition("/")
    steps = folder.split("/") if folder else []
    stripped = [_without_number(step) for step in steps] if prefixes else steps
    place = f"/{'/'.join(stripped)}/" if stripped else "/"
    given = page.text("slug")
    if given.startswith("/"):
        return given
    if not given and name.lower() in {"index", "readme", steps[-1].lower() if steps else "index"}:
        return place
    slug = given or page.text("id") or (_without_number(name) if prefixes else name)
    resolved = posixpath.normpath(posixpath.join(place, slug))
    return f"{resolved}/" if slug.endswith("/") else resolved


def _without_number(name: str) -> str:
    match = None if _NO_PREFIX.match(name) else _PREFIX.fullmatch(name)
    return match[1] if match else name
