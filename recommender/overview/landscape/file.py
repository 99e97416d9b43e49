"""The file that keeps a collection's landscape: JSON, written aside and moved into place."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, NamedTuple

from recommender.collection_folder import MAP_NAME, MAP_SPARE_NAME
from recommender.files import replacing_file, sync_folder
from recommender.overview.aside import not_written
from recommender.overview.stories.file import State

FORMAT = 1
FIELDS = ("topic", "provider", "language", "year")
"""What points are coloured by, beside their clusters."""


class Landscape(NamedTuple):
    """A collection's articles on a plane.

    Attributes:
        state: What it was computed of.
        seconds: How long that took.
        ids: The articles on it.
        places: Their places, two numbers each.
        labels: The cluster of each, a place in `clusters`.
        clusters: Their terms, number of articles, middle and most central articles.
        values: The commonest values of each of `FIELDS`.
        codes: For each field the place of each article's value, or -1.
    """

    state: State
    seconds: float
    ids: list[str]
    places: list[list[float]]
    labels: list[int]
    clusters: list[dict[str, Any]]
    values: dict[str, list[str]]
    codes: dict[str, list[int]]


def read_landscape(folder: Path) -> Landscape | None:
    """Read the landscape that is kept in a collection's folder; None if there is none, or it is damaged."""
    try:
        told = json.loads((folder / MAP_NAME).read_bytes())
        if told.pop("format") != FORMAT:
            return None
        found = Landscape(**{**told, "state": State(*told["state"])})
    except (OSError, ValueError, KeyError, TypeError):
        return None
    lengths = {len(found.ids), len(found.places), len(found.labels), *(len(found.codes[name]) for name in FIELDS)}
    return found if len(lengths) == 1 else None


def keep_landscape(folder: Path, landscape: Landscape, seconds: float) -> None:
    """Write a landscape; the one of before stays until it is whole.

    Raises:
        CollectionError: If it cannot be written.
    """
    told = {"format": FORMAT, **landscape._replace(seconds=round(seconds, 3))._asdict()}
    try:
        with replacing_file(folder / MAP_NAME, folder / MAP_SPARE_NAME) as stream:
            os.fchmod(stream.fileno(), 0o600)
            stream.write(json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass"))
        sync_folder(folder)
    except OSError as error:
        raise not_written("map", folder / MAP_NAME, error) from None
