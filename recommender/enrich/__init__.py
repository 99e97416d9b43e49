"""Fill the related fields of a site: plan the changes, apply them, and report the coverage."""

from __future__ import annotations

from recommender.enrich.coverage import Coverage
from recommender.enrich.data_file import DataFile
from recommender.enrich.judgements import JudgementCounts, articles_of, judge
from recommender.enrich.lines import LinesSite
from recommender.enrich.listing import WRITTEN, Outcome, PlannedPage
from recommender.enrich.plan import EnrichOptions
from recommender.enrich.report import write_report
from recommender.enrich.site import FolderSite

__all__ = ["WRITTEN", "Coverage", "DataFile", "EnrichOptions", "FolderSite", "JudgementCounts", "LinesSite", "Outcome"]
__all__ += ["PlannedPage", "articles_of", "judge", "write_report"]
