"""A build goes on with the same vectors when another backend is to run the model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from recommender.build import build
from recommender.collection import Collection
from recommender.config import Settings
from recommender.errors import EncoderMismatchError
from recommender.related.recommender import Recommender

pytest.importorskip("onnxruntime", reason="the extra onnx is not installed")

ARTICLE = "---\ntitle: {}\n---\n"


def settings(backend: str) -> Settings:
    return Settings.parse({"encoder": {"backend": backend}}, where="test")


@pytest.fixture
def site(tmp_path: Path) -> Path:
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "first.md").write_text(ARTICLE.format("A lock opens to a twin's voice"))
    build([folder], tmp_path / "c", settings=settings("torch"))
    return folder


def test_onnx_takes_over_a_collection_that_torch_made(tmp_path: Path, site: Path):
    (site / "second.md").write_text(ARTICLE.format("Twin talks his way past a voice lock"))
    report = build([site], tmp_path / "c", settings=settings("onnx"))
    assert (report.written, report.encoded) == (1, 1)
    recommender = Recommender.open(tmp_path / "c")
    encoding = recommender.collection.store.encoding
    assert encoding is not None
    assert encoding.settings.backend == "onnx"
    with recommender.collection.reading() as view:
        np.testing.assert_allclose(np.linalg.norm(view.gather(None, view.ids()).vectors, axis=1), 1, atol=1e-5)
    recommender.close()


def test_vectors_of_fewer_bits_are_refused_by_name(tmp_path: Path, site: Path):
    with pytest.raises(EncoderMismatchError, match=r"not with default, run by onnx-int8"):
        build([site], tmp_path / "c", settings=settings("onnx-int8"))
    collection = Collection.open(tmp_path / "c")
    assert collection.store.encoding is not None
    assert collection.store.encoding.settings.backend == "torch"
    collection.close()
