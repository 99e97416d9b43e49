"""What lies in a collection's folder, and which folder that is."""

from __future__ import annotations

import os
from pathlib import Path

from recommender.store import is_server

DATABASE_NAME = "articles.db"
SNAPSHOTS_NAME = "snapshots"
JUDGEMENTS_NAME = "judgements.jsonl"
"""The file of an editor's grades, which outlives the database."""
COMPACTING_NAME = ".compacting"
"""The lock of the background process that writes the next snapshot."""
OVERVIEW_NAME = "overview.sqlite"
"""The lists of all articles, as `related overview` made them."""
OVERVIEW_LOCK_NAME, OVERVIEW_SPARE_NAME = ".overview", ".overview.new"
STORIES_NAME = "stories.sqlite"
"""The stories that its articles make (see `overview.stories`), which can be computed again."""
STORIES_LOCK_NAME, STORIES_SPARE_NAME = ".stories", ".stories.new"
MAP_NAME = "map.json"
"""Its articles on a plane, in clusters (see `overview.landscape`), which can be computed again."""
MAP_LOCK_NAME, MAP_SPARE_NAME = ".map", ".map.new"
CACHE_VARIABLE = "RELATED_CACHE"
"""Names the folder of what a machine keeps of collections that servers have."""

BESIDE = {SNAPSHOTS_NAME, JUDGEMENTS_NAME, COMPACTING_NAME, OVERVIEW_NAME, OVERVIEW_LOCK_NAME, OVERVIEW_SPARE_NAME}
BESIDE |= {STORIES_NAME, STORIES_LOCK_NAME, STORIES_SPARE_NAME, MAP_NAME, MAP_LOCK_NAME, MAP_SPARE_NAME}
"""Files that may be in a folder whose database was removed."""


def cache_folder() -> Path:
    """Return the folder of what this machine keeps of collections that servers have."""
    chosen = os.environ.get(CACHE_VARIABLE)
    if chosen:
        return Path(chosen)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "related-articles"


def folder_of(place: Path | str, uuid: str) -> Path:
    """Return the folder of what this machine keeps of a collection; its unique id names that of a server."""
    return cache_folder() / uuid if is_server(place) else Path(place)


def absolute(place: Path | str) -> Path | str:
    """Return a place that means the same from any working directory."""
    return place if is_server(place) else Path(place).resolve()
