"""What importing the package costs: none of the heavy libraries."""

from __future__ import annotations

import subprocess
import sys

import pytest

import recommender

HEAVY = (
    "faiss",
    "tantivy",
    "torch",
    "transformers",
    "sentence_transformers",
    "py3langid",
    "onnx",
    "onnxruntime",
    "model2vec",
)


def loaded_by(statement: str, names: tuple[str, ...]) -> list[str]:
    """Which of `names` a fresh process has in `sys.modules` after `statement`."""
    program = f"import sys\n{statement}\nprint(*(name for name in {names!r} if name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    return done.stdout.split()


def test_an_import_loads_no_heavy_library():
    for statement, names in [
        ("import recommender", (*HEAVY, "numpy", "pydantic")),
        ("import recommender.cli", HEAVY),
        ("from recommender import Article, Settings, RelatedError", HEAVY),
        ("import recommender.ranking.languages", HEAVY),
    ]:
        assert loaded_by(statement, names) == [], statement


def test_every_public_name_is_there():
    for name in recommender.__all__:
        assert getattr(recommender, name).__name__ == name


def test_a_name_that_the_package_lacks_is_an_attribute_error():
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = recommender.nothing
