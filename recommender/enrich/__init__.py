"""Fill the related fields of a site: plan the changes, apply them, and report the coverage."""

from __future__ import annotations

from recommender.enrich.apply import apply
from recommender.enrich.coverage import Coverage
from recommender.enrich.data_file import DataFile
from recommender.enrich.judgements import JudgementCounts, SiteJudgement, judge
from recommender.enrich.lines import LinesSite
from recommender.enrich.listing import WRITTEN, Edit, Listing, Outcome, PlannedPage
from recommender.enrich.plan import EnrichOptions, plan
from recommender.enrich.report import write_report
from recommender.enrich.site import FolderSite
from recommender.files import replacing

__all__ = [
    "WRITTEN",
    "Coverage",
    "DataFile",
    "Edit",
    "EnrichOptions",
    "FolderSite",
    "JudgementCounts",
    "LinesSite",
    "Listing",
    "Outcome",
    "PlannedPage",
    "SiteJudgement",
    "apply",
    "judge",
    "plan",
    "replacing",
    "write_report",
]
