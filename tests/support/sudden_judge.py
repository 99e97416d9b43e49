"""Grades one article after another, and names each when its grade is acknowledged."""

from __future__ import annotations

import itertools
import sys
from pathlib import Path

from recommender.evaluation import Judgements


def main(file: Path) -> None:
    with Judgements(file) as judgements:
        for number in itertools.count():
            judgements.grade("q", f"a{number}", number % 3)
            sys.stdout.write(f"a{number}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
