"""Addresses: what a site's settings and an article's fields make of a path."""

from __future__ import annotations

import re
from collections.abc import Mapping
from unicodedata import normalize
from urllib.parse import quote, urlsplit

_FIELD = re.compile(r"\{(\w+)\}")
_SAFE = "/:@!$&'()*+,;=~-._%"
_ABSOLUTE = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)


def is_absolute(address: str) -> bool:
    """Whether an address names its host."""
    return bool(_ABSOLUTE.match(address)) or address.startswith("//")


def join(base: str, path: str) -> str:
    """An address below a site's base.

    Args:
        base: `https://x.example/blog`, `/blog` or nothing.
        path: From the base on; one that names its host stands for itself.

    Returns:
        The address with every character that may not stand in one percent-encoded; it begins at the root where the base
        has no host.
    """
    if is_absolute(path):
        scheme, mark, rest = path.partition("//")
        # A host is not percent-encoded, whatever letters it is written in.
        host = re.split(r"[/?#]", rest, maxsplit=1)[0]
        return f"{scheme}{mark}{host}{quote(rest.removeprefix(host), safe=f'{_SAFE}?#[]')}"
    return f"{base.rstrip('/')}/{quote(path.lstrip('/'), safe=f'{_SAFE}?#')}"


def split_base(url: str) -> tuple[str, str]:
    """A base's scheme and host, and its path without a final slash; both may be empty."""
    parts = urlsplit(url.strip())
    host = f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""
    return host, parts.path.rstrip("/")


def fill(pattern: str, values: Mapping[str, str]) -> str | None:
    """A pattern such as `https://x.example/{year}/{slug}/` with its fields filled in; None if one has no value."""
    missing = [name for name in _FIELD.findall(pattern) if not values.get(name)]
    return None if missing else _FIELD.sub(lambda match: values[match[1]], pattern)


def fields_of(pattern: str) -> set[str]:
    """The names of the fields in a pattern."""
    return set(_FIELD.findall(pattern))


def slugify(text: str) -> str:
    """Letters and digits of any language in lower case, everything else a hyphen: `Über uns!` -> `über-uns`."""
    return re.sub(r"[\W_]+", "-", normalize("NFC", text).casefold()).strip("-")
