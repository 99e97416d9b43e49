"""Build Pelican's slugs and addresses from a site's settings."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from datetime import datetime
from string import Formatter
from typing import Any
from unicodedata import normalize

from recommender.sites.addresses import to_ascii
from recommender.sites.globs import is_regex

_TAG = re.compile(r"<!--.*?-->|<[^>]*>", re.DOTALL)


class Slugger:
    """Makes the slugs of one kind of name: `SLUG`, `CATEGORY` or `AUTHOR`."""

    def __init__(self, kind: str, conf: Mapping[str, Any]) -> None:
        given = conf.get(f"{kind}_REGEX_SUBSTITUTIONS")
        self._changes = [
            (re.compile(normalize("NFKC", pair[0]), re.IGNORECASE), normalize("NFKC", pair[1]))
            for pair in (given if isinstance(given, list | tuple) else conf["SLUG_REGEX_SUBSTITUTIONS"])
            if isinstance(pair, list | tuple) and len(pair) == 2 and is_regex(pair[0]) and isinstance(pair[1], str)
        ]
        self._keeps_script = bool(conf.get("SLUGIFY_USE_UNICODE"))
        self._keeps_case = bool(conf.get("SLUGIFY_PRESERVE_CASE"))

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
        try:
            self._parts = [(text, name, spec or "") for text, name, spec, _ in Formatter().parse(pattern)]
        except ValueError:
            # A field without a value, so that `fill` returns None.
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
