"""The news sites of the example: every field has its own name, and `published: false` means "not featured"."""

from __future__ import annotations

import re

from recommender.sites.page import Page
from recommender.sites.profile import SiteProfile
from recommender.sites.root import SiteRoot

_LOOKED_INTO = 20
_HEAD_CHARS = 20_000
_FIELDS = ("title", "publishedDateTime", "webUrl")


class Everyday(SiteProfile):
    """A Jekyll site whose collections hold one article a file, each with its own `webUrl`."""

    generator = "everyday"
    common_keys = False
    dated_names = False
    entry_has_id = False
    into = "_data/related.json"
    snippet = """\
{% for item in page.related %}
  <a href="{{ item.webUrl }}">{{ item.title | escape }}</a>
{% endfor %}"""
    snippet_into = """\
{% assign id = page.path | replace: ".md", "" %}
{% for item in site.data.related[id] %}
  <a href="{{ item.webUrl }}">{{ item.title | escape }}</a>
{% endfor %}"""

    @classmethod
    def recognise(cls, root: SiteRoot) -> str | None:
        """Articles with fields that only these sites write."""
        folders = ["", *(name for name in root.names() if name.startswith("_"))]
        for folder in folders:
            place = f"{folder}/" if folder else ""
            files = [name for name in root.names(folder) if name.endswith((".md", ".markdown"))]
            for name in files[:_LOOKED_INTO]:
                head = root.head(f"{place}{name}", _HEAD_CHARS)
                front = head[3:].partition("\n---")[0] if head.startswith("---") else ""
                if all(re.search(rf"^{field}:", front, re.MULTILINE) for field in _FIELDS):
                    return f"{place}{name} has publishedDateTime and webUrl"
        return None

    def configure(self) -> None:
        """Addresses are the articles' own; nothing else is needed."""
        self.base = ""

    def page_skip_reason(self, page: Page) -> str | None:
        """A file without fields is no article, whatever its name."""
        return None if page.fields else "not an article: no front matter"

    def hidden(self, page: Page) -> str | None:
        """`published` says whether an article is featured, so it hides nothing."""
        return super().hidden(page.without("published"))
