"""Distillation of a model into a static one, whose text vectors are weighted means of word piece vectors."""

from __future__ import annotations

import json
import logging
import os
import shutil
from pathlib import Path
from tempfile import mkdtemp

from recommender.embedding.models import loading_error, locate_model
from recommender.errors import EncoderError

DIMENSION = 256


def distil(model: str, out: Path, dimension: int = DIMENSION) -> None:
    """Distil a model with model2vec into a folder that the `model` setting accepts.

    Each word piece is encoded by itself; the vectors are reduced by PCA and weighted by rarity (Tulkens & van Dongen,
    "Model2Vec: fast state-of-the-art static embeddings", 2024).

    Args:
        model: `default`, a folder, or a name on the hub.
        out: The folder to create; it must be missing or empty.
        dimension: Length of a vector.

    Raises:
        EncoderError: If model2vec is missing, `out` exists, or the model cannot be distilled or written.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise EncoderError("the output already exists", where=str(out), expected="a new or empty folder")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    try:
        from model2vec.distill import distill
    except ImportError:
        hint = "pip install 'related-articles[static]'"
        raise EncoderError("distillation needs model2vec, which is not installed", hint=hint) from None
    folder = locate_model(model)
    for noisy in ("model2vec", "skeletoken"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
    try:
        static = distill(str(folder), pca_dims=dimension, device="cpu", trust_remote_code=False)
        out.parent.mkdir(parents=True, exist_ok=True)
        made = Path(mkdtemp(prefix=f".{out.name}.", dir=out.parent))
    except Exception as error:
        raise loading_error(error, folder, "the model cannot be distilled") from None
    try:
        static.save_pretrained(made)
        config = made / "config.json"
        # Keep paths of this machine out of the folder.
        values = json.loads(config.read_text(encoding="utf-8")) | {"tokenizer_name": Path(model).name}
        config.write_text(json.dumps(values, indent=1), encoding="utf-8")
        (made / "README.md").unlink(missing_ok=True)
        made.chmod(0o755)
        (made / "model.safetensors").chmod(0o644)
        made.replace(out)
    except OSError as error:
        raise EncoderError(f"the model cannot be written: {error.strerror}", where=str(out)) from None
    finally:
        shutil.rmtree(made, ignore_errors=True)
