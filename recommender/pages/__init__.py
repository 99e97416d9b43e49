"""Reports as pages: one self-contained file each, light and dark, everything in it escaped."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from jinja2 import Environment


class Verdict(NamedTuple):
    """What a reader should take from a report: one sentence, and notes on what to do or to beware of."""

    sentence: str
    notes: tuple[str, ...] = ()


class Term(NamedTuple):
    """A figure's name, with its meaning in plain words."""

    name: str
    meaning: str

    @property
    def anchor(self) -> str:
        """Where on the page the meaning stands."""
        return f"help-{re.sub(r'[^a-z0-9]+', '-', self.name.lower())}"


def openable(url: str | None) -> str | None:
    """Return the address of an article if a report may link to it, http or https with a host, else None."""
    try:
        parts = urlsplit((url or "").strip())
        return parts.geturl() if parts.scheme in {"http", "https"} and parts.hostname else None
    except ValueError:
        return None


@lru_cache(maxsize=1)
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("recommender.pages", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["openable"] = openable
    return environment


def render_page(name: str, **values: Any) -> str:
    """Render the template of this name, such as `coverage`, with `values`."""
    return _environment().get_template(f"{name}.html.j2").render(**values)
