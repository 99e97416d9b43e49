"""Build Pelican's slugs and addresses from a site's settings."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from string import Formatter
from typing import Any
from unicodedata import normalize

from recommender.sites.addresses import to_ascii
from recommender.sites.globs import is_regex

_TAG = re.compile(r"<!--.*?-->|<[^>]*>", re.DOTALL)


class Slugger:
    """Makes slugs.

    Args:
        changes: Pairs of a regular expression and a replacement.
        keeps_script: Whether to keep letters of other scripts.
        keeps_case: Whether to keep capital letters.
    """

    def __init__(self, changes: Any, *, keeps_script: bool = False, keeps_case: bool = False) -> None:
        self._changes = [
            (re.compile(normalize("NFKC", pair[0]), re.IGNORECASE), normalize("NFKC", pair[1]))
            for pair in changes
            if isinstance(pair, list | tuple) and len(pair) == 2 and is_regex(pair[0]) and isinstance(pair[1], str)
        ]
        self._keeps_script, self._keeps_case = keeps_script, keeps_case

    @classmethod
    def of(cls, kind: str, conf: Mapping[str, Any]) -> Slugger:
        """Create the slugger of a kind of name: `SLUG`, `CATEGORY` or `AUTHOR`."""
        given = conf.get(f"{kind}_REGEX_SUBSTITUTIONS")
        return cls(
            given if isinstance(given, list | tuple) else conf["SLUG_REGEX_SUBSTITUTIONS"],
            keeps_script=bool(conf.get("SLUGIFY_USE_UNICODE")),
            keeps_case=bool(conf.get("SLUGIFY_PRESERVE_CASE")),
        )

    def slug(self, text: str) -> str:
        """Return the slug of a title or name."""
        text = normalize("NFKC", " ".join(html.unescape(_TAG.sub("", text)).split()))
        if not self._keeps_script:
            text = to_ascii(text)
        for regex, new in self._changes:
            text = regex.sub(new, text)
        return (text if self._keeps_case else text.lower()).strip()


class UrlPattern:
    """A parsed pattern such as `{date:%Y}/{slug}.html`."""

    def __init__(self, pattern: str) -> None:
        self._parts: Sequence[tuple[str, str | None, str]] = ()
        try:
            self._parts = [(text, name, spec or "") for text, name, spec, _ in Formatter().parse(pattern)]
        except ValueError:
            self._parts = [("", "", "")]

    def fill(self, values: Mapping[str, Any]) -> str | None:
        """Fill in the pattern; None if a field has no value."""
        found = []
        for text, name, spec in self._parts:
            found.append(text)
            if name is None:
                continue
            value = values.get(name)
            if isinstance(value, datetime):
                found.append(value.strftime(spec) if spec else str(value))
            elif value is None or spec or not isinstance(value, str | int):
                return None
            else:
                found.append(str(value))
        return "".join(found)
