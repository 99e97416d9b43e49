"""Build addresses: join paths to a base, fill in patterns, make slugs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from unicodedata import category, normalize
from urllib.parse import quote, urlsplit

_FIELD = re.compile(r"\{(\w+)\}")
_SAFE = "/:@!$&'()*+,;=~-._%"
_ABSOLUTE = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)


def is_absolute(address: str) -> bool:
    """Return True if an address names its host."""
    return bool(_ABSOLUTE.match(address)) or address.startswith("//")


def join(base: str, path: str) -> str:
    """Join a path to a site's base, and percent-encode what a URL cannot contain.

    Args:
        base: `https://x.example/blog`, `/blog` or nothing.
        path: Relative to the base; one that names its host is only encoded.

    Returns:
        A URL, root-relative if the base has no host.
    """
    if is_absolute(path):
        scheme, mark, rest = path.partition("//")
        # A host is not percent-encoded, even if it is not ASCII.
        host = re.split(r"[/?#]", rest, maxsplit=1)[0]
        return f"{scheme}{mark}{host}{quote(rest.removeprefix(host), safe=f'{_SAFE}?#[]')}"
    return f"{base.rstrip('/')}/{quote(path.lstrip('/'), safe=f'{_SAFE}?#')}"


def split_base(url: str) -> tuple[str, str]:
    """Split a base into scheme and host, and a path without a final slash; both may be empty."""
    parts = urlsplit(url.strip())
    host = f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""
    return host, parts.path.rstrip("/")


def fill(pattern: str, values: Mapping[str, str]) -> str | None:
    """Fill in a pattern such as `https://x.example/{year}/{slug}/`; None if a field has no value."""
    missing = [name for name in _FIELD.findall(pattern) if not values.get(name)]
    return None if missing else _FIELD.sub(lambda match: values[match[1]], pattern)


def fields_of(pattern: str) -> set[str]:
    """Return the names of the fields in a pattern."""
    return set(_FIELD.findall(pattern))


def slugify(text: str) -> str:
    """Return case-folded letters and digits of any script, with hyphens between them: `Über uns!` -> `über-uns`."""
    return re.sub(r"[\W_]+", "-", normalize("NFC", text).casefold()).strip("-")


def to_ascii(text: str) -> str:
    """Transliterate a text to ASCII: `Ørsund` -> `Orsund`.

    text-unidecode agrees with Unidecode, which Pelican and Nikola use, on Latin letters, and not always on others.
    """
    if text.isascii():
        return text
    from text_unidecode import unidecode

    return str(unidecode(text))


@lru_cache(maxsize=4096)
def is_word_char(char: str) -> bool:
    """Return True for letters, combining marks and decimal digits."""
    kind = category(char)
    return kind[0] in "LM" or kind == "Nd"
