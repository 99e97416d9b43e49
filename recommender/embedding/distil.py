"""A static model distilled from another: a vector for each word piece, and a text's vector is their weighted mean."""

from __future__ import annotations

import json
import logging
import os
import shutil
from pathlib import Path
from tempfile import mkdtemp

from recommender.embedding.models import locate_model
from recommender.errors import EncoderError

DIMENSION = 256


def distil(model: str, out: Path, dimension: int = DIMENSION) -> None:
    """Distil the model `model` into a folder that any `model` setting can name.

    Each word piece is encoded by itself, the vectors are reduced by PCA and weighted by how rare the piece is, as
    model2vec does it (Tulkens & van Dongen, "Model2Vec: fast state-of-the-art static embeddings", 2024).

    Args:
        model: `default`, a folder, or a name that a hub knows.
        out: Where the folder is made; it must not be there, or be empty.
        dimension: Length of a vector.

    Raises:
        EncoderError: If the package is missing, there is something at `out`, or the model cannot be distilled.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise EncoderError("there is something already", where=str(out), expected="a folder that is not there yet")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    try:
        from model2vec.distill import distill
    except ImportError:
        raise EncoderError(
            "distilling needs a package that is not installed", hint="pip install 'related-articles[static]'"
        ) from None
    folder = locate_model(model)
    for noisy in ("model2vec", "skeletoken"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
    try:
        static = distill(str(folder), pca_dims=dimension, device="cpu", trust_remote_code=False)
        out.parent.mkdir(parents=True, exist_ok=True)
        made = Path(mkdtemp(prefix=f".{out.name}.", dir=out.parent))
    except Exception as error:
        # model2vec, transformers and scikit-learn raise kinds of their own.
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise EncoderError(f"the model cannot be distilled: {reason}", where=str(folder)) from None
    try:
        static.save_pretrained(made)
        config = made / "config.json"
        # Whoever gets the folder is told the model's name, not where it lay on this machine.
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
