"""Where a build's settings come from."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.building import put

from recommender.build import build
from recommender.cli.options import build_settings
from recommender.config import EncoderSettings, Settings
from recommender.embedding import Encoder
from recommender.errors import ConfigError


@pytest.fixture
def source(tmp_path: Path) -> Path:
    made = tmp_path / "site"
    put(made / "a.md", "A story")
    return made


@pytest.fixture
def collection(tmp_path: Path, source: Path, counting_encoder: Encoder) -> Path:
    """A collection that recorded settings of its own."""
    recorded = Settings.parse({"ranking": {"min_score": 0.25}, "encoder": {"query_prompt": "recorded: "}})
    build([source], tmp_path / "collection", settings=recorded, encoder=counting_encoder)
    return tmp_path / "collection"


def write(path: Path, min_score: float, **encoder: str) -> Path:
    lines = ["[ranking]", f"min_score = {min_score}", "[encoder]" if encoder else ""]
    path.write_text("\n".join(lines + [f"{key} = {json.dumps(value)}" for key, value in encoder.items()]))
    return path


def test_without_anything_the_defaults_are_used(tmp_path: Path, source: Path):
    assert build_settings(None, [source], tmp_path / "new", None) == Settings()


def test_a_file_that_is_named_wins(tmp_path: Path, source: Path, collection: Path):
    write(source / "related.toml", 0.5)
    named = write(tmp_path / "other.toml", 0.75)
    assert build_settings(named, [source], collection, None).ranking.min_score == 0.75


def test_a_file_in_a_sources_root_comes_before_what_is_recorded(source: Path, collection: Path):
    write(source / "related.toml", 0.5)
    assert build_settings(None, [source], collection, None).ranking.min_score == 0.5


def test_the_first_source_with_a_file_decides(tmp_path: Path, source: Path):
    plain, other = tmp_path / "plain", tmp_path / "other"
    plain.mkdir()
    other.mkdir()
    write(source / "related.toml", 0.5)
    write(other / "related.toml", 0.75)
    assert build_settings(None, [plain, source, other], tmp_path / "new", None).ranking.min_score == 0.5


def test_a_source_that_is_a_file_has_no_settings(tmp_path: Path):
    lines = tmp_path / "a.jsonl"
    lines.touch()
    assert build_settings(None, [lines], tmp_path / "new", None) == Settings()


def test_what_was_recorded_is_used_where_no_file_is(source: Path, collection: Path):
    settings = build_settings(None, [source], collection, None)
    assert settings.ranking.min_score == 0.25
    assert settings.encoder.query_prompt == "recorded: "


def test_an_encoder_that_no_file_names_is_the_recorded_one(source: Path, collection: Path):
    write(source / "related.toml", 0.5)
    settings = build_settings(None, [source], collection, None)
    assert settings.encoder.query_prompt == "recorded: "
    assert settings.ranking.min_score == 0.5


def test_an_encoder_that_a_file_names_is_used(source: Path, collection: Path):
    write(source / "related.toml", 0.5, query_prompt="named: ")
    assert build_settings(None, [source], collection, None).encoder.query_prompt == "named: "


def test_a_model_on_the_command_line_wins_and_leaves_the_rest(source: Path, collection: Path):
    write(source / "related.toml", 0.5, model="from/file", passage_prompt="kept: ")
    settings = build_settings(None, [source], collection, "some/model")
    assert settings.encoder == EncoderSettings(model="some/model", passage_prompt="kept: ")
    assert settings.ranking.min_score == 0.5


@pytest.mark.parametrize("spelling", ["model", "./model", "../here/model"])
def test_a_models_folder_is_recorded_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spelling: str):
    folder = tmp_path / "here" / "model"
    folder.mkdir(parents=True)
    monkeypatch.chdir(folder.parent)
    settings = build_settings(None, [tmp_path], tmp_path / "new", spelling)
    assert settings.encoder.model == str(folder.resolve())


def test_a_collection_that_was_never_built_records_nothing(tmp_path: Path, source: Path):
    from recommender.collection import Collection

    Collection.create(tmp_path / "empty").close()
    assert build_settings(None, [source], tmp_path / "empty", None) == Settings()


def test_a_file_that_is_not_there_is_refused(tmp_path: Path, source: Path):
    with pytest.raises(ConfigError, match=r"no\.toml: the settings cannot be read"):
        build_settings(tmp_path / "no.toml", [source], tmp_path / "new", None)


def test_a_collection_that_was_stopped_before_its_first_table_has_no_settings(tmp_path: Path, source: Path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "articles.db").touch()
    assert build_settings(None, [source], tmp_path / "empty", None) == Settings()
