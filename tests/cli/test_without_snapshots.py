"""Every command on a collection whose snapshots were thrown away, as they may be."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path

import pytest
from support.answering import ACLU, REUTERS
from support.tuning import require_lightgbm
from typer.testing import CliRunner

from recommender.cli import app
from recommender.collection import Collection
from recommender.doctor import examine
from recommender.index.local.snapshot import SAMPLE_FILES, published, read_manifest
from recommender.related.recommender import Recommender

QRELS = Path(__file__).parents[2] / "data" / "qrels" / "site.qrels"


@pytest.fixture
def thrown_away(site_collection: Path, tmp_path: Path) -> Path:
    copy = Path(shutil.copytree(site_collection, tmp_path / "collection"))
    shutil.rmtree(copy / "snapshots")
    return copy


COMMANDS = [
    "build SITE",
    f"query {ACLU}",
    "enrich SITE --check",
    "export",
    "run",
    f"evaluate {QRELS} RUN",
    f"tune {QRELS} --out FOLDER/scorer.json",
    "tune --drop",
    "doctor",
    "doctor --repair",
]


@pytest.mark.parametrize("command", COMMANDS, ids=[command.split(" /")[0] for command in COMMANDS])
def test_a_command_works_and_leaves_whole_snapshots(command: str, thrown_away: Path, site: Path, tmp_path: Path):
    if command.startswith("tune /"):
        require_lightgbm()
    run = tmp_path / "run.trec"
    run.write_text(f"{ACLU} Q0 {REUTERS} 1 1.0 a\n", encoding="utf-8")
    filled = command.replace("SITE", str(site)).replace("RUN", str(run)).replace("FOLDER", str(tmp_path))
    done = CliRunner().invoke(app, [*filled.split(), "--collection", str(thrown_away)])
    # The sample site has too few judgements to learn from; that is said after the collection was read.
    assert done.exit_code in ({1} if command.startswith("tune /") else {0, 4}), done.output
    for number in published(thrown_away / "snapshots"):
        assert set(SAMPLE_FILES) <= read_manifest(thrown_away / "snapshots" / str(number)).files.keys()
    with closing(Recommender.open(thrown_away)) as opened:
        assert [item.article_id for item in opened.related(ACLU, top_k=1)] == [REUTERS]


def test_a_snapshot_without_samples_is_named_and_made_anew(thrown_away: Path):
    with closing(Collection.open(thrown_away)) as opened:
        opened.publish(compact=True)
    folder = thrown_away / "snapshots" / str(published(thrown_away / "snapshots")[0])
    shutil.rmtree(folder / "samples")
    assert [each.status for each in examine(thrown_away) if each.check == "snapshots"] == ["problem"] * 4
    with closing(Recommender.open(thrown_away)) as opened:
        assert [item.article_id for item in opened.related(ACLU, top_k=1)] == [REUTERS]
    assert {each.status for each in examine(thrown_away) if each.check == "snapshots"} == {"ok"}
