"""An embedding server as an encoder: text-embeddings-inference, Infinity, vLLM, and others that speak OpenAI's API.

https://platform.openai.com/docs/api-reference/embeddings
"""

from __future__ import annotations

import hashlib
import itertools
import os
import random
import time
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from recommender.config import EncoderSettings
from recommender.embedding.pipeline import Role, Vectors, check_fingerprint
from recommender.errors import EncoderError
from recommender.progress import Progress

if TYPE_CHECKING:
    import httpx2

KEY_VARIABLE = "RELATED_ENCODER_KEY"
"""Holds the key of the server, if it wants one."""
BATCH = 64
TIMEOUT_S = 120.0
TRIES = 6
LONGEST_PAUSE_S = 30.0

_PREFIX = "http-"
_PROBES = ("The council voted on the budget.", "Schnee in den Alpen", "def parse(text): return text.split()")
_PROBED = 16
_SCALE = 127
_TOLERANCE = 3
"""By how much a probed value may differ, of 127: a server that computes in half precision is not exact."""


class HttpEncoder:
    """Encodes texts on a server; see `pipeline.Encoder`. Long texts are cut by the server.

    Nobody can look at its files, so its fingerprint holds values of the vectors of some probe texts, and a model that
    gives others is refused.

    Args:
        settings: The address, the name of the model and the prompts.
        fingerprint: The expected fingerprint, checked before the first text; computed by default.
        transport: A replacement for the network, for tests.

    Raises:
        EncoderError: If there is no address, or a setting does not apply.
    """

    def __init__(
        self,
        settings: EncoderSettings,
        fingerprint: str | None = None,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        if not settings.url:
            raise EncoderError(
                "encoder.backend is http, but there is no encoder.url", expected='url = "http://127.0.0.1:8080/v1"'
            )
        for name in ("max_seq_length", "device"):
            if getattr(settings, name) is not None:
                raise EncoderError(f"encoder.{name} does not apply to a server", expected="that setting left out")
        self.settings = settings
        self._url = settings.url.rstrip("/")
        self._expected = fingerprint
        self._transport = transport

    @property
    def fingerprint(self) -> str:
        """Model, prompts and values of probe vectors."""
        return self._expected or self._probe[0]

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self._probe[1]

    def encode(self, texts: Sequence[str], role: Role = "passage", progress: Progress | None = None) -> Vectors:
        """Return unit vectors, float32, shape (len(texts), dimension).

        Raises:
            EncoderError: If the server cannot be reached, or answers something else.
            EncoderMismatchError: If it is not the model that made the collection's vectors.
        """
        prompt = (self.settings.query_prompt if role == "query" else self.settings.passage_prompt) or ""
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        for start in range(0, len(texts), BATCH):
            some = [prompt + text for text in texts[start : start + BATCH]]
            vectors[start : start + len(some)] = self._ask(some, self.dimension)
            if progress is not None:
                progress("encoding", start + len(some), len(texts))
        return vectors

    @cached_property
    def _probe(self) -> tuple[str, int]:
        """The fingerprint that the server has now, and the length of its vectors."""
        vectors = self._ask(list(_PROBES), None)
        settings = (self.settings.model, self.settings.query_prompt or "", self.settings.passage_prompt or "")
        named = hashlib.blake2b("\0".join(settings).encode(), digest_size=8).hexdigest()
        values = np.rint(vectors[:, :_PROBED] * _SCALE).astype(np.int8).tobytes().hex()
        actual = f"{_PREFIX}{named}-{vectors.shape[1]}-{values}"
        if self._expected is not None and not agree(actual, self._expected):
            check_fingerprint(f"{self.settings.model} at {self._url}", actual, self._expected)
        return actual, vectors.shape[1]

    def _ask(self, texts: list[str], dimension: int | None) -> Vectors:
        answer = self._post({"model": self.settings.model, "input": texts, "encoding_format": "float"})
        try:
            ordered = sorted(answer["data"], key=lambda item: item["index"])
            vectors: Vectors = np.array([item["embedding"] for item in ordered], dtype=np.float32)
        except (KeyError, TypeError, ValueError):
            raise self._strange("something else than vectors") from None
        if vectors.ndim != 2 or len(vectors) != len(texts) or (dimension and vectors.shape[1] != dimension):
            raise self._strange(f"vectors of shape {vectors.shape} for {len(texts)} texts")
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        if not np.isfinite(lengths).all() or not (lengths > 0).all():
            raise self._strange("a vector that is not finite, or zero")
        vectors /= lengths
        return vectors

    def _post(self, body: dict[str, Any]) -> Any:
        import httpx2

        for attempt in itertools.count(1):
            try:
                response = self._client.post(f"{self._url}/embeddings", json=body)
            except httpx2.HTTPError as error:
                what, wait = f"it cannot be reached: {error or type(error).__name__}", None
            else:
                if response.status_code == httpx2.codes.OK:
                    try:
                        return response.json()
                    except ValueError:
                        raise self._strange("something else than JSON") from None
                what, wait = f"it answers {response.status_code}", response.headers.get("retry-after")
                if response.status_code < 500 and response.status_code not in {408, 429}:
                    raise self._failed(f"{what}: {response.text[:200]}")
            if attempt == TRIES:
                raise self._failed(what)
            pause = float(wait) if wait and wait.isdigit() else 0.2 * 2**attempt * random.uniform(0.5, 1.5)  # noqa: S311
            time.sleep(min(pause, LONGEST_PAUSE_S))
        raise AssertionError  # pragma: no cover - the loop ends by itself

    @cached_property
    def _client(self) -> httpx2.Client:
        import httpx2

        key = os.environ.get(KEY_VARIABLE)
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        return httpx2.Client(headers=headers, timeout=TIMEOUT_S, transport=self._transport)

    def _failed(self, what: str) -> EncoderError:
        return EncoderError(
            f"the embedding server fails: {what}",
            where=self._url,
            hint=f"check that it serves {self.settings.model}; its key is read from {KEY_VARIABLE}",
        )

    def _strange(self, what: str) -> EncoderError:
        return EncoderError(
            f"the embedding server answers {what}", where=self._url, expected="OpenAI's API: POST /v1/embeddings"
        )


def agree(first: str, second: str) -> bool:
    """Return whether two fingerprints are of one encoder: equal, or of servers whose probe vectors are as good as."""
    if first == second:
        return True
    (start, _, values), (other, _, others) = first.rpartition("-"), second.rpartition("-")
    if not start.startswith(_PREFIX) or start != other:
        return False
    read = [np.frombuffer(bytes.fromhex(each), dtype=np.int8).astype(np.int16) for each in (values, others)]
    return len(read[0]) == len(read[1]) and bool((np.abs(read[0] - read[1]) <= _TOLERANCE).all())
