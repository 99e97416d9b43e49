"""`python -m recommender.cli` is `related`."""

from __future__ import annotations

from recommender.cli import main

main()
