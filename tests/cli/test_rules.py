"""`related rules`: what editors set, as settings, and who changed it."""

from __future__ import annotations

import json
import shutil
import tomllib
from contextlib import closing
from pathlib import Path

import pytest
from support.answering import ACLU, REUTERS
from support.commands import Related

from recommender.collection import Collection
from recommender.config import Settings
from recommender.related.recommender import Recommender
from recommender.store import SITE


@pytest.fixture
def edited(site_collection: Path, tmp_path: Path) -> Path:
    """A collection in which editors have set rules."""
    folder = Path(shutil.copytree(site_collection, tmp_path / "collection"))
    with closing(Collection.open(folder)) as opened:
        opened.store.set_rules(ACLU, json.dumps({"blocked": [REUTERS], "maxDaysOlder": 900}), "Ann")
        opened.store.set_rules(SITE, json.dumps({"blocked_topics": ["Cooking"]}), "Ben")
    return folder


def test_exported_rules_are_settings_that_give_the_same_lists(
    related: Related, edited: Path, site_collection: Path, tmp_path: Path
):
    done = related("rules", "export", "--collection", edited)
    assert done.returncode == 0
    file = tmp_path / "related.toml"
    file.write_text(done.stdout, encoding="utf-8")
    assert tomllib.loads(done.stdout)["rules"]["blocked_topics"] == ["Cooking"]
    settings = Settings.read(file)
    with (
        closing(Recommender.open(edited)) as one,
        closing(Recommender.open(site_collection, rules=settings.rules)) as other,
    ):
        lists = [[item.article_id for item in each.related(ACLU)] for each in (one, other)]
    assert lists[0] == lists[1]
    assert REUTERS not in lists[0]


def test_the_log_has_a_line_for_each_change(related: Related, edited: Path):
    lines = [json.loads(line) for line in related("rules", "log", "--collection", edited).stdout.splitlines()]
    assert [(line["editor"], line["article_id"]) for line in lines] == [("Ben", ""), ("Ann", ACLU)]
    only = related("rules", "log", "--collection", edited, "--article", ACLU).stdout
    assert json.loads(only)["after"] == {"blocked": [REUTERS], "maxDaysOlder": 900}


def test_a_collection_without_rules_exports_none(related: Related, site_collection: Path):
    assert (
        Settings.parse(tomllib.loads(related("rules", "export", "--collection", site_collection).stdout)) == Settings()
    )
