"""A folder of HTML pages, such as the output of any generator: fields from the pages' metadata."""

from __future__ import annotations

from recommender.sites.page import Page
from recommender.sites.profile import MARKDOWN, SiteProfile
from recommender.sites.root import SiteRoot

_SUFFIXES = (".html", ".htm", ".xhtml")
_LISTINGS = frozenset({"tag", "tags", "category", "categories", "archive", "archives", "author", "authors", "page"})
_SOURCES = (*MARKDOWN, ".mdx", ".rst")


class HtmlPages(SiteProfile):
    """Pages as they are served: the canonical link is the address, else the path below the base."""

    generator = "html"
    suffixes = _SUFFIXES
    field_is_allowed = False

    @classmethod
    def recognise(cls, root: SiteRoot) -> str | None:
        """A start page, and no file that it could have been made of."""
        start = root.find(*(f"index{suffix}" for suffix in _SUFFIXES))
        folders = ["", *(name for name in root.names() if not name.startswith((".", "_")))]
        if start is None or any(name.lower().endswith(_SOURCES) for folder in folders for name in root.names(folder)):
            return None
        return start

    def path_skip_reason(self, path: str) -> str | None:
        """The start page and pages of lists are no articles."""
        if path in {f"index{suffix}" for suffix in _SUFFIXES}:
            return "not an article: start page"
        if path.endswith("/") and path.rstrip("/").rpartition("/")[2].casefold() in _LISTINGS:
            return "not an article: listing"
        return super().path_skip_reason(path)

    def address(self, page: Page) -> str | None:
        """The path as a server serves it: without the name of an index."""
        folder, _, name = page.path.rpartition("/")
        return f"{folder}/" if name.startswith("index.") else page.path
