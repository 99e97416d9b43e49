"""Pages, scripts and styles as they are served: small, in few requests, and named by what is in them."""

from __future__ import annotations

import hashlib
import html
import json
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
}
# Styles that the reports, which lie below the service, share with its pages.
_OF_REPORTS = ("base.css", "figures.css")
# Other sites load it. The minifier takes blanks out of templates within templates, which other scripts have.
_MINIFIED = {"widget.js"}
_STYLE_LINKS = re.compile(r'(?:\s*<link rel="stylesheet" href="/static/[\w-]+\.css">)+')
_STYLE = re.compile(r"/static/([\w-]+\.css)")
_SCRIPT = re.compile(r'<script (type="module" )?src="/static/([\w-]+\.js)"')
_MODULE = re.compile(r'"\./([\w-]+\.js)"')
_TEXT = re.compile(r'(data-words="([\w.-]+)"[^>]*>)')
_LABEL = re.compile(r'data-(aria-label|aria-roledescription|placeholder)="([\w.-]+)"')
_IMPORTED_FIRST = re.compile(r'(?:\bfrom|\bimport)\s*"\./([\w-]+\.js)"')


@dataclass(frozen=True)
class Asset:
    """A file to serve.

    Attributes:
        content: Its bytes.
        media_type: Its Content-Type.
        etag: Changes with the content.
        is_named_by_content: Whether the name would change with the content, so that caches may keep it for good.
    """

    content: bytes
    media_type: str
    etag: str
    is_named_by_content: bool = False


def find_asset(name: str) -> Asset | None:
    """Return the asset of this name, with or without the digest in it: `explorer.js` or `explorer.DIGEST.js`."""
    return _assets().get(name)


@cache
def _assets() -> dict[str, Asset]:
    """Make all assets of `static/` and of reports, and a module of each language of `texts/`, once."""
    sources = [*(files("service") / "static").iterdir(), *(files("recommender.pages") / name for name in _OF_REPORTS)]
    texts = {entry.name[:-5]: entry.read_text("utf-8") for entry in (files("service") / "texts").iterdir()}
    modules = {f"texts_{language}.js": f"export default {content}" for language, content in texts.items()}
    return _Making({entry.name: entry.read_text("utf-8") for entry in sources} | modules, json.loads(texts["en"])).made


class _Making:
    """Makes scripts first, in the order of their imports, then styles, then the pages that name both.

    Pages are in English, for the first paint; a script puts another language in its place.
    """

    def __init__(self, sources: dict[str, str], english: dict[str, str]) -> None:
        self._sources = sources
        self._english = english
        self._hashed: dict[str, str] = {}
        self.made: dict[str, Asset] = {}
        for name in sources:
            if name.endswith(".js"):
                self._script(name)
        for name in sources:
            if name.endswith(".html"):
                self._page(name)

    def _script(self, name: str) -> str:
        """Make a script and all that it imports; return its name with the digest."""
        if name not in self._hashed:
            text = self._sources[name]
            if name in _MINIFIED:
                import rjsmin

                text = rjsmin.jsmin(text)
            self._hashed[name] = self._add(name, _MODULE.sub(lambda found: f'"./{self._script(found[1])}"', text))
        return self._hashed[name]

    def _page(self, name: str) -> None:
        """Make a page that names one bundle of styles and, ahead of the scripts, every module that they import."""
        text = _TEXT.sub(lambda found: found[1] + self._text(found[2]), self._sources[name])
        text = _LABEL.sub(lambda found: f'{found[0]} {found[1]}="{self._text(found[2])}"', text)
        bundle = name.replace(".html", ".css")

        def styles(found: re.Match[str]) -> str:
            import rcssmin

            together = "".join(rcssmin.cssmin(self._sources[each]) for each in _STYLE.findall(found[0]))
            return f'\n  <link rel="stylesheet" href="/static/{self._add(bundle, together)}">'

        def script(found: re.Match[str]) -> str:
            is_module, source = found.groups()
            ahead = sorted(self._imported(source)) if is_module else []
            # Low, for the first paint waits for styles and texts only.
            preload = '<link rel="modulepreload" fetchpriority="low" href="/static/{}">\n  '
            preloads = "".join(preload.format(self._hashed[each]) for each in ahead)
            return f'{preloads}<script {is_module or ""}src="/static/{self._hashed[source]}"'

        self._add(name, _SCRIPT.sub(script, _STYLE_LINKS.sub(styles, text)))

    def _text(self, key: str) -> str:
        return html.escape(self._english[key])

    def _imported(self, name: str) -> set[str]:
        """Return what a module imports before it runs, directly or not."""
        direct = set(_IMPORTED_FIRST.findall(self._sources[name]))
        return direct.union(*map(self._imported, direct))

    def _add(self, name: str, text: str) -> str:
        content = text.encode()
        digest = hashlib.blake2b(content, digest_size=9).hexdigest()
        stem, _, suffix = name.rpartition(".")
        hashed = f"{stem}.{digest}.{suffix}"
        media_type = _TYPES[f".{suffix}"]
        self.made[name] = Asset(content, media_type, f'"{digest}"')
        self.made[hashed] = Asset(content, media_type, f'"{digest}"', is_named_by_content=True)
        return hashed
