"""A build that lets others encode: `python -m support.queueing PLACE SOURCE`."""

from __future__ import annotations

import sys
from pathlib import Path

from recommender.build import build
from recommender.config import Settings
from support.encoders import CountingEncoder

if __name__ == "__main__":
    build([Path(sys.argv[2])], sys.argv[1], settings=Settings(), encoder=CountingEncoder(), queued=True)
