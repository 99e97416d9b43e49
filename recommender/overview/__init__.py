"""The overview of a collection: every list that a reader would see, what is wrong with them, and what changed."""

from __future__ import annotations

from recommender.overview.changes import Changes, since
from recommender.overview.computing import compute, forget_deleted
from recommender.overview.csv_rows import csv_lines
from recommender.overview.kinds import KINDS, SORTS, Selection
from recommender.overview.lock import Progress, progress_of
from recommender.overview.reading import Computation, Overview, Row
from recommender.overview.summary import Summary, rows_of, verdict

__all__ = ["KINDS", "SORTS", "Changes", "Computation", "Overview", "Progress", "Row", "Selection", "Summary"]
__all__ += ["compute", "csv_lines", "forget_deleted", "progress_of", "rows_of", "since", "verdict"]
