"""Snapshots that the nodes of one collection share: one node makes them, the others fetch them."""

from __future__ import annotations

from recommender.index.shared.base import Pointer, SharedSnapshots, open_shared

__all__ = ["Pointer", "SharedSnapshots", "open_shared"]
