"""Markdown files of no known generator: front matter if there is any, addresses as `[site] url` says."""

from __future__ import annotations

from recommender.sites.profile import SiteProfile


class PlainMarkdown(SiteProfile):
    """A folder of Markdown files."""

    generator = "markdown"
    suffixes = (*SiteProfile.suffixes, ".mdx")
