"""Model folders for the tests of encoders."""

from __future__ import annotations

import shutil

import pytest

from recommender.embedding.models import locate_model


@pytest.fixture
def copied(tmp_path):
    """A copy of the default model whose large file is a link."""
    source = locate_model("default")
    made = tmp_path / "model"
    (made / "1_Pooling").mkdir(parents=True)
    for file in source.rglob("*"):
        copy = made / file.relative_to(source)
        if file.name == "model.safetensors":
            copy.symlink_to(file)
        elif file.is_file():
            shutil.copy(file, copy)
    return made


@pytest.fixture(scope="session")
def static_model(tmp_path_factory):
    """A small static model, whose tokenizer is not of transformers."""
    import tokenizers
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.models import StaticEmbedding

    tokenizer = tokenizers.Tokenizer.from_file(str(locate_model("default") / "tokenizer.json"))
    weights = torch.randn(tokenizer.get_vocab_size(), 8, generator=torch.Generator().manual_seed(0))
    folder = tmp_path_factory.mktemp("static") / "model"
    SentenceTransformer(modules=[StaticEmbedding(tokenizer, embedding_weights=weights)], device="cpu").save(
        str(folder), create_model_card=False
    )
    return folder
