"""Zola sites."""

from __future__ import annotations

from recommender.sites.profile import Profile


class Zola(Profile):
    """A site made by Zola."""

    generator = "zola"
