"""A sentence-transformers model as an encoder."""

from __future__ import annotations

import json
import shutil
from types import SimpleNamespace

import numpy as np
import pytest

from recommender.config import EncoderSettings
from recommender.embedding import SentenceTransformerEncoder, encoder
from recommender.embedding.models import locate_model
from recommender.errors import EncoderError, EncoderMismatchError

TEXTS = [
    "Three residents were taken to hospital after a fire.",
    "Rain.",
    "The council votes on a new school, a bridge and the budget of the coming year, which grew by a fifth.",
    "Ärger über die Straßenbahn: Fahrgäste warten",
]


def encoder_of(folder, fingerprint=None, **settings):
    return SentenceTransformerEncoder(EncoderSettings(model=str(folder), **settings), fingerprint)


def test_vectors_are_float32_unit_rows(real_encoder):
    vectors = real_encoder.encode(TEXTS)
    assert vectors.dtype == np.float32
    assert vectors.shape == (len(TEXTS), 384) == (len(TEXTS), real_encoder.dimension)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_a_vector_does_not_depend_on_the_rest_of_its_batch(real_encoder):
    together = real_encoder.encode(TEXTS)
    alone = np.concatenate([real_encoder.encode([text]) for text in TEXTS])
    np.testing.assert_allclose(together, alone, atol=1e-5)


def test_vectors_come_in_the_order_of_their_texts(real_encoder):
    forward, backward = real_encoder.encode(TEXTS), real_encoder.encode(TEXTS[::-1])
    np.testing.assert_allclose(forward, backward[::-1], atol=1e-5)


def test_no_text_gives_no_vector(real_encoder):
    vectors = real_encoder.encode([])
    assert vectors.shape == (0, 384)
    assert vectors.dtype == np.float32


def test_an_empty_text_has_a_vector(real_encoder):
    np.testing.assert_allclose(np.linalg.norm(real_encoder.encode(["", "a"]), axis=1), 1, atol=1e-5)


def test_vectors_are_those_of_the_model_itself(real_encoder):
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(locate_model("default")), local_files_only=True)
    expected = model.encode(TEXTS, show_progress_bar=False)
    np.testing.assert_allclose(real_encoder.encode(TEXTS), expected, atol=1e-5)


def test_texts_that_mean_the_same_are_nearer_than_others(real_encoder):
    fire, blaze, council = real_encoder.encode(
        ["A fire in a block of flats", "Blaze in an apartment building", "The council debates its budget"]
    )
    assert fire @ blaze > 0.5 > fire @ council


def test_progress_is_called_after_each_batch(real_encoder, monkeypatch):
    monkeypatch.setattr(encoder, "BATCH_TEXTS", 2)
    calls = []
    real_encoder.encode(["a", "b", "c"], progress=lambda *call: calls.append(call))
    assert calls == [("encoding", 2, 3), ("encoding", 3, 3)]


def test_long_texts_make_smaller_batches_and_come_first(real_encoder, monkeypatch):
    monkeypatch.setattr(encoder, "BATCH_TOKENS", 20)
    calls = []
    texts = ["a", "long " * 30, "b", "long " * 28, "c"]
    vectors = real_encoder.encode(texts, progress=lambda *call: calls.append(call))
    assert [done for _, done, _ in calls] == [1, 2, 5]
    np.testing.assert_allclose(vectors[1], real_encoder.encode([texts[1]])[0], atol=1e-5)


def test_text_beyond_the_length_limit_is_ignored():
    short = SentenceTransformerEncoder(EncoderSettings(max_seq_length=8))
    first, second, other = short.encode(
        ["one two three four five six seven", "one two three four five six and more", "one two three four five"]
    )
    np.testing.assert_allclose(first, second, atol=1e-5)
    assert first @ other < 0.999


def test_prompts_from_the_settings_are_put_before_texts(real_encoder):
    prompted = SentenceTransformerEncoder(EncoderSettings(query_prompt="query: ", passage_prompt="passage: "))
    expected = real_encoder.encode(["query: rain", "passage: rain", "rain"])
    np.testing.assert_allclose(prompted.encode(["rain"], "query")[0], expected[0], atol=1e-5)
    np.testing.assert_allclose(prompted.encode(["rain"])[0], expected[1], atol=1e-5)
    assert prompted.fingerprint != real_encoder.fingerprint
    assert expected[0] @ expected[1] < 0.999


def test_a_model_without_prompts_encodes_both_roles_alike(real_encoder):
    np.testing.assert_array_equal(real_encoder.encode(["rain"], "query"), real_encoder.encode(["rain"], "passage"))


def with_prompts(folder, prompts, default=None):
    path = folder / "config_sentence_transformers.json"
    values = json.loads(path.read_text()) | {"prompts": prompts, "default_prompt_name": default}
    path.write_text(json.dumps(values))
    return folder


@pytest.mark.parametrize("name", ["passage", "document"])
def test_a_models_own_prompts_are_used(copied, real_encoder, name):
    own = encoder_of(with_prompts(copied, {"query": "query: ", name: "passage: "}))
    expected = real_encoder.encode(["query: rain", "passage: rain"])
    np.testing.assert_allclose(own.encode(["rain"], "query")[0], expected[0], atol=1e-5)
    np.testing.assert_allclose(own.encode(["rain"], "passage")[0], expected[1], atol=1e-5)


def test_a_prompt_from_the_settings_takes_the_place_of_the_models_own(copied, real_encoder):
    own = encoder_of(with_prompts(copied, {"query": "query: ", "document": "passage: "}), passage_prompt="")
    np.testing.assert_allclose(own.encode(["rain"]), real_encoder.encode(["rain"]), atol=1e-5)


def test_an_empty_prompt_from_the_settings_takes_the_place_of_a_models_default_prompt(copied, real_encoder):
    own = encoder_of(with_prompts(copied, {"query": "query: ", "document": "passage: "}, "query"), passage_prompt="")
    np.testing.assert_allclose(own.encode(["rain"]), real_encoder.encode(["rain"]), atol=1e-5)


def test_a_model_folder_works_by_its_path(copied, real_encoder):
    own = encoder_of(copied)
    np.testing.assert_allclose(own.encode(TEXTS[:1]), real_encoder.encode(TEXTS[:1]), atol=1e-5)
    assert own.fingerprint == real_encoder.fingerprint


def test_a_model_of_another_kind_works_too(static_model):
    vectors = encoder_of(static_model).encode(["one two", "two", "three three three"])
    assert vectors.shape == (3, 8)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(vectors[1], encoder_of(static_model).encode(["two"])[0], atol=1e-5)


def test_the_fingerprint_is_known_without_loading_the_model(static_model):
    own = encoder_of(static_model)
    assert len(own.fingerprint) == 16
    assert "_loaded" not in vars(own)


def test_an_expected_fingerprint_is_believed_until_the_model_is_loaded(tmp_path):
    assert encoder_of(tmp_path / "gone", "0123456789abcdef").fingerprint == "0123456789abcdef"


def test_a_model_with_the_expected_fingerprint_is_loaded(static_model):
    expected = encoder_of(static_model).fingerprint
    assert encoder_of(static_model, expected).dimension == 8


def test_a_model_that_is_not_the_expected_one_is_refused(static_model, tmp_path):
    expected = encoder_of(static_model).fingerprint
    other = shutil.copytree(static_model, tmp_path / "other")
    (other / "modules.json").write_text((other / "modules.json").read_text() + "\n")
    with pytest.raises(EncoderMismatchError) as caught:
        encoder_of(other, expected).encode(["text"])
    assert f"the model {other} is not the one that made the vectors" in str(caught.value)
    assert caught.value.expected == expected
    assert "--recreate" in caught.value.hint


def test_a_model_that_does_not_know_its_dimension_is_refused(static_model):
    own = encoder_of(static_model)
    vars(own)["_loaded"] = SimpleNamespace(get_embedding_dimension=lambda: None)
    with pytest.raises(EncoderError, match="does not report its vector dimension"):
        _ = own.dimension


def broken(folder, name, content):
    path = folder / name
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    return encoder_of(folder)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("config.json", b"{"),
        ("config.json", b""),
        ("config.json", b"[]"),
        ("config.json", b'{"model_type": "no-such-type"}'),
        ("config.json", b"null"),
        ("config.json", b'{"model_type": "bert", "hidden_size": "many"}'),
        ("modules.json", b"{"),
        ("modules.json", b"[]"),
        ("modules.json", b'[{"idx": 0}]'),
        ("modules.json", b'[{"idx": 0, "name": "0", "path": "", "type": "os.system"}]'),
        ("modules.json", b"null"),
        ("modules.json", b"[1]"),
        ("tokenizer.json", b"{"),
        ("1_Pooling/config.json", b"[]"),
        pytest.param("model.safetensors", b"\0" * 100, id="weights of zeros"),
        pytest.param("model.safetensors", b"\xff" * 100, id="weights of ones"),
        pytest.param("model.safetensors", None, id="no weights"),
    ],
)
def test_a_broken_model_is_a_one_line_error_with_its_folder(copied, name, content):
    with pytest.raises(EncoderError, match=r"the model cannot be loaded: \S") as caught:
        broken(copied, name, content).encode(["text"])
    assert caught.value.where == str(copied)
    assert "\n" not in str(caught.value)
