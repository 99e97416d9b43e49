"""Markdown files or HTML pages of no known generator."""

from __future__ import annotations

from recommender.sites.page import Page
from recommender.sites.profile import MARKDOWN, SiteProfile
from recommender.sites.root import SiteRoot

_HTML = (".html", ".htm", ".xhtml")
_LISTINGS = frozenset({"tag", "tags", "category", "categories", "archive", "archives", "author", "authors", "page"})
_SOURCES = (*MARKDOWN, ".mdx", ".rst")


class PlainMarkdown(SiteProfile):
    """A folder of Markdown files, whose addresses only `[site] url` can tell."""

    suffixes = (*MARKDOWN, ".mdx")


class HtmlPages(SiteProfile):
    """A folder of HTML pages, such as a generator's output; fields come from their metadata.

    An address is the canonical link of a page, else its path below the base.
    """

    generator = "html"
    suffixes = _HTML
    field_is_allowed = False

    @classmethod
    def recognise(cls, root: SiteRoot) -> str | None:
        """Recognise a start page without any source files beside it."""
        start = root.find(*(f"index{suffix}" for suffix in _HTML))
        folders = ["", *(name for name in root.names() if not name.startswith((".", "_")))]
        if start is None or any(name.lower().endswith(_SOURCES) for folder in folders for name in root.names(folder)):
            return None
        return start

    def path_skip_reason(self, path: str) -> str | None:
        """Skip the start page and folders of listings."""
        if path in {f"index{suffix}" for suffix in _HTML}:
            return "not an article: start page"
        if path.endswith("/") and path.rstrip("/").rpartition("/")[2].casefold() in _LISTINGS:
            return "not an article: listing"
        return super().path_skip_reason(path)

    def address(self, page: Page) -> str | None:
        """Return the path, without the name of an index file."""
        folder, _, name = page.path.rpartition("/")
        return f"{folder}/" if name.startswith("index.") else page.path
