"""Articles as JSON lines: records of a content system, whatever it calls their fields."""

from __future__ import annotations

from typing import ClassVar

from recommender.sites.page import Page
from recommender.sites.profile import SiteProfile


class Records(SiteProfile):
    """One record a line. `published: false` hides nothing: in an article's own record it means "not featured"."""

    generator = "json lines"
    entry_has_id = False
    dated_names = False
    keys: ClassVar = {"url": ("webUrl", "url", "link", "permalink", "canonicalUrl", "canonical_url")}

    def configure(self) -> None:
        """Addresses are the records' own."""
        self.base = ""

    def hidden(self, page: Page) -> str | None:
        """As for any page, but for `published`."""
        return super().hidden(page.without("published"))
