"""News sites as in the sample data: Jekyll collections whose articles have their own field names."""

from __future__ import annotations

import re

from recommender.sites.page import Page
from recommender.sites.profile import SiteProfile
from recommender.sites.root import SiteRoot

_MAX_FILES = 20
_HEAD_CHARS = 20_000
_FIELDS = ("title", "publishedDateTime", "webUrl")


class Everyday(SiteProfile):
    """A Jekyll site with one article per file, each with its own `webUrl`.

    `published: false` means "not featured", so it hides nothing.
    """

    generator = "everyday"
    common_keys = False
    dated_names = False
    entry_has_id = False
    unpublished_is_hidden = False
    into = "_data/related.json"
    snippet = """\
{% for item in page.related %}
  <a href="{{ item.webUrl }}">{{ item.title | escape }}</a>
{% endfor %}"""
    snippet_into = """\
{% assign id = page.path | replace: ".md", "" %}
""" + snippet.replace("page.related", "site.data.related[id]")

    @classmethod
    def recognise(cls, root: SiteRoot) -> str | None:
        """Recognise articles by fields that only these sites have."""
        folders = ["", *(name for name in root.names() if name.startswith("_"))]
        for folder in folders:
            place = f"{folder}/" if folder else ""
            files = [name for name in root.names(folder) if name.endswith((".md", ".markdown"))]
            for name in files[:_MAX_FILES]:
                head = root.head(f"{place}{name}", _HEAD_CHARS)
                front = head[3:].partition("\n---")[0] if head.startswith("---") else ""
                if all(re.search(rf"^{field}:", front, re.MULTILINE) for field in _FIELDS):
                    return f"{place}{name} has publishedDateTime and webUrl"
        return None

    def configure(self) -> None:
        """Use the articles' own addresses."""
        self.base = ""

    def page_skip_reason(self, page: Page) -> str | None:
        """Skip files without fields."""
        return None if page.fields else "not an article: no front matter"
