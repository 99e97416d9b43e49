"""The demo builds the sample site somewhere else, and serves it with a key."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from support.answering import ACLU, REUTERS

from recommender import Recommender
from recommender.cli import serve
from recommender.sample import STORY, sample_site


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What was served instead of running until stopped: the collection, the key's digest, and what is related."""
    calls: list[dict[str, Any]] = []

    def note(collection: str, **options: Any) -> None:
        recommender = Recommender.open(collection)
        related = [item.article_id for item in recommender.related(STORY)]
        recommender.close()
        calls.append(
            {**options, "collection": Path(collection), "related": related, "key": os.environ["RELATED_WRITE_KEYS"]}
        )

    monkeypatch.setattr(serve, "serve", note)
    return calls


def test_the_sample_site_is_built_served_and_taken_away(related, served: list[dict[str, Any]]):
    done = related("demo", "--port", 0)
    assert done.returncode == 0, done.stderr
    [call] = served
    assert call["related"][0] == REUTERS
    assert len(call["key"]) == 64
    assert "key for editing lists" in done.stderr
    assert ACLU.rpartition("/")[2] in done.stderr
    assert not call["collection"].exists()
    assert not (sample_site() / ".related").exists()


def test_it_can_be_kept_in_an_empty_folder_alone(related, served: list[dict[str, Any]], tmp_path: Path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "text").touch()
    done = related("demo", "--keep", tmp_path / "mine")
    assert done.returncode == 1
    assert "is not an empty folder" in done.stderr
    assert served == []
    done = related("demo", "--port", 0, "--keep", tmp_path / "kept")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "kept" / "site" / f"{ACLU}.md").is_file()
    assert served[0]["collection"] == tmp_path / "kept" / "collection"
