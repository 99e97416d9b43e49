"""Opens the engine that some settings name; its driver is loaded only then."""

from __future__ import annotations

import os

from recommender.config import IndexSettings
from recommender.errors import ConfigError
from recommender.index.engines.base import Engine

KEY_VARIABLE = "RELATED_ENGINE_KEY"
"""Holds the key of an engine's server, if it wants one."""
_BESIDE_EXTRAS = {"qdrant_edge": "qdrant-edge-py"}
"""The packages that no extra brings, because only tests and trials keep an engine in their own process."""


def open_engine(settings: IndexSettings, collection: str) -> Engine:
    """Open the engine of a collection, given its uuid; nothing is asked of it yet.

    Raises:
        ConfigError: If it has no address, or its driver is not installed.
    """
    if not settings.engine_url:
        raise ConfigError(
            f"index.engine is {settings.engine}, but there is no index.engine_url", expected='"http://host:port"'
        )
    name, key = f"related_{collection}", os.environ.get(KEY_VARIABLE)
    try:
        if settings.engine == "milvus":
            from recommender.index.engines.milvus import MilvusEngine

            return MilvusEngine(settings.engine_url, name, key)
        from recommender.index.engines.qdrant import open_qdrant

        return open_qdrant(settings.engine_url, name, key)
    except ImportError as error:
        package = _BESIDE_EXTRAS.get(error.name or "", f"'related-articles[{settings.engine}]'")
        raise ConfigError(
            f"the driver of {settings.engine} is not installed: {error.name}", hint=f"pip install {package}"
        ) from None
