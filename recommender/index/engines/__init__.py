"""Search engines beside a collection on a server: they propose candidates, and everything else stays exact."""

from __future__ import annotations

from recommender.index.engines.base import Applied, Engine
from recommender.index.engines.feeding import feed
from recommender.index.engines.opening import open_engine

__all__ = ["Applied", "Engine", "feed", "open_engine"]
