"""JSON lines: one article per line, with whatever field names its content system uses."""

from __future__ import annotations

from typing import ClassVar

from recommender.sites.profile import SiteProfile


class Records(SiteProfile):
    """Articles as JSON lines. `published: false` means "not featured", so it hides nothing."""

    generator = "json lines"
    entry_has_id = False
    dated_names = False
    unpublished_is_hidden = False
    keys: ClassVar = {"url": ("webUrl", "url", "link", "permalink", "canonicalUrl", "canonical_url")}

    def configure(self) -> None:
        """Use the records' own addresses."""
        self.base = ""
