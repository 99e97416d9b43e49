"""Run `related` with `python -m recommender.cli`."""

from __future__ import annotations

from recommender.cli import main

main()
