"""ONNX Runtime backend for BERT sentence models, in 32 or 8 bits, without loading PyTorch."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.config import EncoderSettings
from recommender.embedding.models import loading_error
from recommender.embedding.onnx_graph import Pooling, bert_graph
from recommender.embedding.pipeline import Vectors, check_vectors
from recommender.errors import EncoderError
from recommender.progress import Progress
from recommender.workers import cores

RUN_TOKENS = 512
"""The most tokens in one run of several texts: enough to keep a core busy, and few enough for its cache."""
_MODULES = ("Transformer", "Pooling", "Normalize")


class OnnxModel:
    """Runs a model folder in ONNX Runtime: one text length per run, one run per core in parallel.

    The graph is built from the folder's safetensors on loading, in a fraction of a second, so no exported file can
    become stale.

    Args:
        folder: A model saved by sentence-transformers.
        settings: The encoder's settings; its `backend` selects 32 or 8 bits.

    Attributes:
        dimension: Length of a vector.
        prompts: The model's own prompts by name.

    Raises:
        EncoderError: If the packages are missing, or only PyTorch can run the model.
    """

    def __init__(self, folder: Path, settings: EncoderSettings) -> None:
        if settings.device not in {None, "cpu"}:
            raise _refusal(settings, f"it runs on the CPU, not on {settings.device}")
        try:
            import onnx as _  # noqa: F401
            import onnxruntime
        except ImportError:
            raise EncoderError(
                f"encoder.backend {settings.backend} needs packages that are not installed",
                hint="pip install 'related-articles[onnx]'",
            ) from None
        from tokenizers import Tokenizer

        try:
            config, pooling = _read_kind(folder, settings)
            self.prompts: dict[str, str] = _read(folder / "config_sentence_transformers.json").get("prompts") or {}
            self._tokenizer = Tokenizer.from_str((folder / "tokenizer.json").read_text(encoding="utf-8"))
            self._tokenizer.no_padding()
            self._tokenizer.enable_truncation(_length_limit(folder, config, settings))
            weights = _read_weights(folder, settings)
            graph = bert_graph(weights, config, pooling, int8=settings.backend == "onnx-int8")
            del weights
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = options.inter_op_num_threads = 1
            options.log_severity_level = 3
            self._session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
        except EncoderError:
            raise
        except Exception as error:
            raise loading_error(error, folder) from None
        self.dimension = int(config["hidden_size"])
        # In 8 bits, a text's vector would depend on the others in its run: the last bit of a sum may change a rounding.
        self._run_tokens = 0 if settings.backend == "onnx-int8" else RUN_TOKENS

    def encode(self, texts: Sequence[str], prompt: str, progress: Progress | None = None) -> Vectors:
        """Encode `texts`, longest first.

        Returns:
            Unit rows, float32, shape (len(texts), dimension), in the order of `texts`.
        """
        encoded = self._tokenizer.encode_batch([prompt + text for text in texts])
        ids = [np.array(one.ids, dtype=np.int32) for one in encoded]
        vectors: Vectors = np.empty((len(texts), self.dimension), dtype=np.float32)

        def run(rows: list[int]) -> int:
            made = self._session.run(None, {"input_ids": np.stack([ids[row] for row in rows])})[0]
            check_vectors(made, len(rows), self.dimension)
            vectors[rows] = made
            return len(rows)

        done = 0
        runs = equal_lengths([len(one) for one in ids], self._run_tokens)
        with ThreadPoolExecutor(min(_cores(), max(1, len(runs)))) as pool:
            for count in pool.map(run, runs) if len(runs) > 1 else map(run, runs):
                done += count
                if progress is not None:
                    progress("encoding", done, len(texts))
        return vectors


def equal_lengths(lengths: Sequence[int], most_tokens: int) -> list[list[int]]:
    """Group rows of equal length, longest first, with at most `most_tokens` tokens in a group of several rows."""
    runs: list[list[int]] = []
    for row in sorted(range(len(lengths)), key=lambda row: -lengths[row]):
        last = runs[-1] if runs else []
        if last and lengths[last[0]] == lengths[row] and (len(last) + 1) * lengths[row] <= most_tokens:
            last.append(row)
        else:
            runs.append([row])
    return runs


def _cores() -> int:
    wanted = os.environ.get("OMP_NUM_THREADS", "")
    if wanted.isdigit() and int(wanted):
        return int(wanted)
    return cores()


def _read(path: Path) -> dict[str, Any]:
    """Read a JSON object; return an empty one if the file is missing."""
    if not path.is_file():
        return {}
    values = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(values, dict):
        raise ValueError(f"{path.name} is not a JSON object")
    return values


def _refusal(settings: EncoderSettings, reason: str) -> EncoderError:
    return EncoderError(
        f"encoder.backend {settings.backend} cannot run the model {settings.model}: {reason}",
        hint='set [encoder] backend = "torch"',
    )


def _read_kind(folder: Path, settings: EncoderSettings) -> tuple[dict[str, Any], Pooling]:
    """Return the model's configuration and pooling, or refuse a model that the graph cannot reproduce exactly."""
    config = _read(folder / "config.json")
    expected = {"model_type": "bert", "hidden_act": "gelu"}
    for name, value in expected.items():
        if config.get(name) != value:
            raise _refusal(settings, f"its {name} is {config.get(name)!r}, not {value!r}")
    if config.get("position_embedding_type", "absolute") != "absolute" or config.get("is_decoder"):
        raise _refusal(settings, "its attention is not plain BERT attention")
    modules = json.loads((folder / "modules.json").read_text(encoding="utf-8"))
    kinds = tuple(module["type"].rsplit(".", 1)[-1] for module in modules)
    if kinds not in {_MODULES, _MODULES[:2]} or modules[0].get("path"):
        raise _refusal(settings, f"its modules are {', '.join(kinds)}")
    pooling = _read(folder / modules[1]["path"] / "config.json")
    old = {"mean": "pooling_mode_mean_tokens", "cls": "pooling_mode_cls_token"}
    flags = [name for name, value in pooling.items() if name.startswith("pooling_mode_") and value]
    for mode, flag in old.items():
        if pooling.get("include_prompt", True) and (pooling.get("pooling_mode") == mode or flags == [flag]):
            _check_tokenizer(folder, settings)
            return config, mode  # type: ignore[return-value]
    raise _refusal(settings, "its pooling is neither mean nor CLS")


def _check_tokenizer(folder: Path, settings: EncoderSettings) -> None:
    """Check that `tokenizer.json` alone determines how text is tokenized."""
    chosen = _read(folder / "tokenizer_config.json")
    normalizer = _read(folder / "tokenizer.json").get("normalizer") or {}
    pairs = {"do_lower_case": "lowercase", "strip_accents": "strip_accents"}
    differs = any(
        name in chosen and own in normalizer and chosen[name] != normalizer[own] for name, own in pairs.items()
    )
    lowers = _read(folder / "sentence_bert_config.json").get("do_lower_case")
    if differs or lowers or not (folder / "tokenizer.json").is_file():
        raise _refusal(settings, "its tokenization is not determined by tokenizer.json alone")


def _length_limit(folder: Path, config: Mapping[str, Any], settings: EncoderSettings) -> int:
    own = _read(folder / "sentence_bert_config.json").get("max_seq_length")
    usual = own or _read(folder / "tokenizer_config.json").get("model_max_length") or config["max_position_embeddings"]
    return min(int(settings.max_seq_length or usual), int(config["max_position_embeddings"]))


def _read_weights(folder: Path, settings: EncoderSettings) -> dict[str, NDArray[np.float32]]:
    from safetensors.numpy import load_file

    weights = {name.removeprefix("bert."): tensor for name, tensor in load_file(folder / "model.safetensors").items()}
    if any(tensor.dtype != np.float32 for name, tensor in weights.items() if name.endswith((".weight", ".bias"))):
        raise _refusal(settings, "its weights are not float32")
    return weights
