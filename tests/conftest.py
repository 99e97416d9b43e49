"""Fixtures that several rooms' tests share: the sample site, its collection, a counting encoder, the command."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from recommender.build import build
from recommender.config import EncoderSettings, Settings
from recommender.embedding import SentenceTransformerEncoder
from recommender.recommend import Recommender

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared"


class CountingEncoder:
    """Deterministic unit vectors from a text's hash; remembers every text that it was asked to encode."""

    fingerprint = "counting-encoder"
    dimension = 8

    def __init__(self) -> None:
        self.batches: list[list[str]] = []

    @property
    def texts(self) -> list[str]:
        return [text for batch in self.batches for text in batch]

    def encode(self, texts: Sequence[str], role: str = "passage", progress: object = None) -> np.ndarray:
        self.batches.append(list(texts))
        rows = [np.frombuffer(hashlib.blake2b(text.encode(), digest_size=8).digest(), np.uint8) for text in texts]
        vectors = np.array(rows, dtype=np.float32).reshape(len(texts), 8) + 1
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.fixture
def counting_encoder() -> CountingEncoder:
    return CountingEncoder()


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def site() -> Path:
    return ROOT / "data" / "site"


@pytest.fixture(scope="session")
def real_site() -> Path:
    """The Markdown files of a real content site; not part of the project."""
    folder = SHARED / "data" / "azure-site"
    if not folder.is_dir():
        pytest.skip("the real site's files are not on this machine")
    return folder


@pytest.fixture(scope="session")
def real_encoder() -> SentenceTransformerEncoder:
    return SentenceTransformerEncoder(EncoderSettings())


@pytest.fixture(scope="session")
def site_collection(
    site: Path, real_encoder: SentenceTransformerEncoder, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A collection of the sample site made with the real model; not to be written to."""
    folder = tmp_path_factory.mktemp("site") / "collection"
    build([site], folder, settings=Settings(), encoder=real_encoder)
    return folder


@pytest.fixture
def recommender(site_collection: Path) -> Iterator[Recommender]:
    opened = Recommender.open(site_collection)
    yield opened
    opened.close()


Related = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def related() -> Related:
    """Runs the real command in a process of its own: `related("build", "site", "--collection", "c")`."""

    def run(*arguments: object, **options: object) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "HF_HUB_OFFLINE": "1", "PYTHONWARNINGS": "ignore"}
        return subprocess.run(
            [sys.executable, "-m", "recommender.cli", *map(str, arguments)],
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=300,
            env=environment,
            **options,  # type: ignore[call-overload]
        )

    return run
