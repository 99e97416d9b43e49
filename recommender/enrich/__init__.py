"""Fill the related field of a whole site: plan, apply, and a report of how well its articles are served."""

from __future__ import annotations

from recommender.enrich.apply import apply
from recommender.enrich.coverage import Coverage
from recommender.enrich.listing import Edit, Listing, Outcome, Page
from recommender.enrich.plan import Choice, plan
from recommender.enrich.site import Site

__all__ = ["Choice", "Coverage", "Edit", "Listing", "Outcome", "Page", "Site", "apply", "plan"]
