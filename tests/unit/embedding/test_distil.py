"""Distillation into a static model."""

from __future__ import annotations

import json
import sys

import numpy as np
import pytest

from recommender.config import EncoderSettings
from recommender.embedding import SentenceTransformerEncoder
from recommender.embedding.distil import distil
from recommender.errors import EncoderError

# model2vec leaves a file to be closed by the interpreter.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture(scope="module")
def small_model(tmp_path_factory):
    """A small BERT with random weights and few word pieces: a real model of the default's kind."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from transformers import BertConfig, BertModel, BertTokenizerFast

    folder = tmp_path_factory.mktemp("small")
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "fire", "rain", "council", "school", "bridge", "river"]
    (folder / "vocab.txt").write_text("\n".join([*words, *"abcdefghijklmnopqrstuvwxyz"]))
    torch.manual_seed(0)
    shape = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
    BertModel(BertConfig(vocab_size=len(words) + 26, max_position_embeddings=32, **shape)).save_pretrained(folder / "t")
    BertTokenizerFast(vocab=str(folder / "vocab.txt")).save_pretrained(folder / "t")
    transformer = Transformer(str(folder / "t"))
    SentenceTransformer(modules=[transformer, Pooling(16)], device="cpu").save(str(folder / "m"))
    return folder / "m"


@pytest.fixture(scope="module")
def made(small_model, tmp_path_factory):
    out = tmp_path_factory.mktemp("out") / "deeper" / "static"
    distil(str(small_model), out, 8)
    return out


def test_the_folder_is_a_model_that_a_build_can_name(made):
    encoder = SentenceTransformerEncoder(EncoderSettings(model=str(made)))
    together = encoder.encode(["fire council", "rain", "the river and the bridge"])
    assert together.shape == (3, 8)
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1, atol=1e-3)
    np.testing.assert_allclose(encoder.encode(["rain"])[0], together[1], atol=1e-6)


def test_the_folder_holds_safetensors_and_json_and_no_path_of_this_machine(made):
    assert {file.suffix for file in made.iterdir()} == {".json", ".safetensors"}
    assert json.loads((made / "config.json").read_text())["tokenizer_name"] == "m"
    assert [entry.name for entry in made.parent.iterdir()] == [made.name]


def test_an_existing_output_is_left_alone(made, small_model):
    before = sorted((file.name, file.read_bytes()) for file in made.iterdir())
    with pytest.raises(EncoderError, match="the output already exists"):
        distil(str(small_model), made, 8)
    assert sorted((file.name, file.read_bytes()) for file in made.iterdir()) == before


def test_an_unknown_model_is_refused_and_nothing_is_made(tmp_path):
    with pytest.raises(EncoderError, match="there is no model folder"):
        distil("./no-such-model", tmp_path / "static")
    assert not (tmp_path / "static").exists()


def test_a_failed_distillation_is_a_one_line_error(made, tmp_path):
    with pytest.raises(EncoderError, match=r"the model cannot be distilled: \S") as caught:
        distil(str(made), tmp_path / "static")
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_package_names_the_extra(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "model2vec.distill", None)
    with pytest.raises(EncoderError, match="distillation needs model2vec, which is not installed") as caught:
        distil("default", tmp_path / "static")
    assert caught.value.hint == "pip install 'related-articles[static]'"
