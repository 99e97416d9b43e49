"""Encoder for sentence-transformers models; the only module that imports sentence_transformers or torch."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.config import EncoderSettings
from recommender.embedding.models import loading_error, locate_model, model_fingerprint
from recommender.embedding.onnx_encoder import OnnxModel
from recommender.embedding.pipeline import Role, Vectors, check_fingerprint, check_vectors
from recommender.errors import EncoderError
from recommender.progress import Progress

BATCH_TOKENS = 8192
"""The most tokens in one batch, to bound memory."""
BATCH_TEXTS = 32
MAX_THREADS = 8
_PROMPT_NAMES: dict[Role, tuple[str, ...]] = {"query": ("query",), "passage": ("passage", "document")}

Batch = NDArray[np.int64]
"""Positions of texts that are encoded together."""


class SentenceTransformerEncoder:
    """Encodes texts with a sentence-transformers model, which is loaded on first use.

    Args:
        settings: The model, its prompts, the backend and the device.
        fingerprint: The expected fingerprint, checked when the model is loaded; computed from its files by default.
    """

    def __init__(self, settings: EncoderSettings, fingerprint: str | None = None) -> None:
        self.settings = settings
        self._expected = fingerprint
        self._loading = threading.Lock()

    @property
    def fingerprint(self) -> str:
        """A hash of the model's files, prompts and length limit."""
        return self._expected or self._actual_fingerprint

    @property
    def dimension(self) -> int:
        """Length of a vector; loads the model."""
        size = self._model.dimension if self._in_onnx else self._model.get_embedding_dimension()
        if size is None:
            raise EncoderError("the model does not report its vector dimension", where=self.settings.model)
        return int(size)

    def encode(self, texts: Sequence[str], role: Role = "passage", progress: Progress | None = None) -> Vectors:
        """Encode `texts` in batches of similar length, longest first.

        Args:
            texts: Any number of texts; text beyond the model's length limit is ignored.
            role: Which of the model's prompts to put before each text, if it has any.
            progress: Called after each batch.

        Returns:
            Unit rows, float32, shape (len(texts), dimension), in the order of `texts`.
        """
        prompt = self._prompt(role)
        if self._in_onnx:
            encoded: Vectors = self._model.encode(texts, prompt, progress)
            return encoded
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)

        def encode_batch(batch: Batch) -> int:
            encoded = self._model.encode(
                [texts[row] for row in batch],
                prompt=prompt,
                batch_size=len(batch),
                normalize_embeddings=True,
                convert_to_numpy=True,
                show_progress_bar=False,
            )
            check_vectors(encoded, len(batch), vectors.shape[1])
            vectors[batch] = encoded
            return len(batch)

        done = 0
        for count in self._each(encode_batch, _batches(self._token_counts(texts))):
            done += count
            if progress is not None:
                progress("encoding", done, len(texts))
        return vectors

    def _each(self, encode_batch: Callable[[Batch], int], batches: list[Batch]) -> Iterator[int]:
        """Encode the batches; on a CPU, one batch per core in parallel.

        That is a quarter faster than all cores on one batch, which wait for each other.
        """
        # The first batch runs alone, because it sets up the tokenizer, which is not thread-safe.
        yield from map(encode_batch, batches[:1])
        import torch

        threads = torch.get_num_threads()
        if self._model.device.type != "cpu" or threads == 1 or len(batches) < threads:
            yield from map(encode_batch, batches[1:])
            return
        torch.set_num_threads(1)
        try:
            with ThreadPoolExecutor(min(threads, MAX_THREADS)) as pool:
                yield from pool.map(encode_batch, batches[1:])
        finally:
            torch.set_num_threads(threads)

    def _prompt(self, role: Role) -> str:
        own = self.settings.query_prompt if role == "query" else self.settings.passage_prompt
        if own is not None:
            return own
        prompts: dict[str, str] = self._model.prompts
        return next((prompts[name] for name in _PROMPT_NAMES[role] if prompts.get(name)), "")

    def _token_counts(self, texts: Sequence[str]) -> list[int]:
        if len(texts) < 2:
            return [1] * len(texts)
        limit, tokenizer = self._model.max_seq_length, self._model.tokenizer
        if not callable(tokenizer):
            return [len(text) for text in texts]
        tokens = tokenizer(list(texts), truncation=limit is not None, max_length=limit, return_attention_mask=False)
        return [len(ids) for ids in tokens["input_ids"]]

    @cached_property
    def _folder(self) -> Path:
        return locate_model(self.settings.model)

    @cached_property
    def _actual_fingerprint(self) -> str:
        return model_fingerprint(self._folder, self.settings)

    @property
    def _model(self) -> Any:
        with self._loading:
            return self._loaded

    @property
    def _in_onnx(self) -> bool:
        return self.settings.backend != "torch"

    @cached_property
    def _loaded(self) -> Any:
        # Computed even if none is expected, to verify the checksum of the default model before reading it.
        actual = self._actual_fingerprint
        check_fingerprint(self.settings.model, actual, self._expected)
        if self._in_onnx:
            return OnnxModel(self._folder, self.settings)
        # By default, the libraries report usage and print progress bars.
        os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
        try:
            import torch as _  # noqa: F401
            from sentence_transformers import SentenceTransformer
            from transformers.utils import logging as transformers_logging
        except ImportError as error:
            # Installations that run models without PyTorch may have removed it.
            raise EncoderError(
                f"encoder.backend torch needs {error.name}, which is not installed",
                hint='pip install torch sentence-transformers; or backend = "onnx" under [encoder] of related.toml',
            ) from None
        transformers_logging.disable_progress_bar()
        logging.getLogger("sentence_transformers").setLevel(logging.WARNING)
        try:
            model = SentenceTransformer(
                str(self._folder),
                device=self.settings.device,
                trust_remote_code=False,
                local_files_only=True,
                model_kwargs={"use_safetensors": True},
            )
        except Exception as error:
            raise loading_error(error, self._folder) from None
        if self.settings.max_seq_length is not None:
            model.max_seq_length = self.settings.max_seq_length
        return model


def _batches(lengths: Sequence[int]) -> list[Batch]:
    """Group texts of similar length, longest first, into batches of up to `BATCH_TEXTS` and `BATCH_TOKENS`."""
    order = np.argsort(-np.array(lengths, dtype=np.int64), kind="stable")
    batches = []
    while len(order):
        size = min(BATCH_TEXTS, max(1, BATCH_TOKENS // max(1, lengths[order[0]])))
        batches.append(order[:size])
        order = order[size:]
    return batches
