"""Which encoder a collection's vectors are of."""

from __future__ import annotations

import json

import numpy as np
import pytest

from recommender.config import EncoderSettings
from recommender.embedding import fingerprint_of
from recommender.embedding.models import model_fingerprint
from recommender.errors import EncoderError, EncoderMismatchError, VectorError
from recommender.store import (
    Encoding,
    QuickEncoder,
    SQLiteStore,
    encoding,
    open_encoder,
    refuse_other_encoder,
    vector_of,
)
from recommender.text import text_hash


@pytest.fixture
def db(tmp_path):
    opened = SQLiteStore(tmp_path / "articles.db", create=True)
    yield opened
    opened.close()


def recorded(settings=None, fingerprint="counting-encoder", dimension=8):
    return Encoding(settings or EncoderSettings(), fingerprint, dimension, (-0.1, 0.0, 1 / 3))


def model_folder(folder, weights=b"weights"):
    folder.mkdir()
    (folder / "modules.json").write_text("[]")
    (folder / "model.safetensors").write_bytes(weights)
    return EncoderSettings(model=str(folder))


def test_an_encoding_is_parsed_as_it_was_written():
    written = recorded(EncoderSettings(model="some/model", query_prompt="query: ", max_seq_length=64))
    assert Encoding.parse(written.text()) == written


def test_the_device_is_not_recorded():
    written = recorded(EncoderSettings(device="cuda"))
    assert "device" not in json.loads(written.text())["settings"]
    assert Encoding.parse(written.text()).settings.device is None


def test_the_recorded_encoder_is_opened_without_loading_it(tmp_path):
    settings = EncoderSettings(model=str(tmp_path / "gone"))
    opened = open_encoder(recorded(settings, "0123456789abcdef"), "cpu")
    assert opened.fingerprint == "0123456789abcdef"
    assert opened.settings == settings.model_copy(update={"device": "cpu"})
    assert open_encoder(recorded(settings)).settings == settings


def test_the_recorded_settings_are_not_refused_whatever_the_device():
    settings = EncoderSettings(model="/gone", device="cuda")
    refuse_other_encoder(recorded(EncoderSettings(model="/gone")), settings)


def test_the_same_model_in_another_place_is_not_refused(tmp_path):
    settings = model_folder(tmp_path / "moved")
    same = model_fingerprint(tmp_path / "moved", settings)
    refuse_other_encoder(recorded(EncoderSettings(model="/gone"), same), settings)


def test_another_model_is_refused(tmp_path):
    settings = model_folder(tmp_path / "other", b"other weights")
    with pytest.raises(
        EncoderMismatchError, match=r"the collection was built with the model default \(counting-enc"
    ) as e:
        refuse_other_encoder(recorded(), settings)
    assert str(tmp_path / "other") in str(e.value)
    assert "--recreate" in e.value.hint


def test_other_prompts_are_refused(tmp_path):
    settings = model_folder(tmp_path / "model")
    mine = recorded(settings, model_fingerprint(tmp_path / "model", settings))
    refuse_other_encoder(mine, settings)
    with pytest.raises(EncoderMismatchError):
        refuse_other_encoder(mine, settings.model_copy(update={"passage_prompt": "passage: "}))


def test_a_model_that_is_not_there_is_an_error_of_its_own(tmp_path):
    with pytest.raises(EncoderError):
        refuse_other_encoder(recorded(), EncoderSettings(model=str(tmp_path / "gone")))


def test_a_stored_vector_is_used_without_an_encoder(db, counting_encoder):
    stored = np.float32([1, 0, 0, 0, 0, 0, 0, 0])
    db.save_vectors("counting-encoder", {text_hash("text"): stored})
    np.testing.assert_array_equal(vector_of(db, recorded(), "text", counting_encoder), stored)
    np.testing.assert_array_equal(vector_of(db, recorded(), "text", None), stored)
    assert counting_encoder.texts == []


def test_a_new_text_is_encoded_and_not_stored(db, counting_encoder):
    vector = vector_of(db, recorded(), "text", counting_encoder)
    np.testing.assert_array_equal(vector, counting_encoder.encode(["text"])[0])
    assert db.load_vectors("counting-encoder", [text_hash("text")]) == {}


def test_without_an_encoder_the_recorded_one_is_opened(db, tmp_path):
    with pytest.raises(EncoderError, match="there is no model folder"):
        vector_of(db, recorded(EncoderSettings(model=str(tmp_path / "gone"))), "text", None)


def test_a_vector_of_another_length_is_refused(db, counting_encoder):
    with pytest.raises(VectorError, match="expected 1 unit vectors of 9 float32 values"):
        vector_of(db, recorded(dimension=9), "text", counting_encoder)


def test_a_stored_text_of_the_sample_site_has_the_real_models_vector(site_collection, real_encoder):
    from recommender.collection import Collection
    from recommender.text import article_texts

    collection = Collection.open(site_collection)
    stored = next(collection.store.articles())
    text = article_texts(stored.article, collection.store.settings.text).whole
    found = vector_of(collection.store, collection.store.encoding, text, None)
    np.testing.assert_allclose(found, real_encoder.encode([text])[0], atol=1e-5)
    collection.close()


# The encoder whose first vector comes soonest.


@pytest.fixture(scope="module")
def default():
    settings = EncoderSettings()
    return Encoding(settings, fingerprint_of(settings), 384, (0.0, 0.1))


def test_onnx_gives_the_same_vectors_sooner(default):
    quick = QuickEncoder(default)
    assert quick.chosen.settings.backend == "onnx"
    texts = ["A text.", "Another one about trains."]
    assert np.abs(quick.encode(texts) - open_encoder(default).encode(texts)).max() < 1e-5


@pytest.mark.parametrize(
    ("settings", "device"),
    [
        ({}, "cuda"),
        ({"model": "multilingual"}, None),
        ({"model": "/gone"}, None),
        ({"backend": "onnx-int8"}, None),
    ],
)
def test_any_other_encoder_is_the_recorded_one(settings, device):
    wanted = recorded(EncoderSettings(**settings), "0123456789abcdef")
    assert QuickEncoder(wanted, device).chosen.settings.backend == wanted.settings.backend


def test_without_onnx_the_recorded_backend_is_used(default, monkeypatch):
    monkeypatch.setattr(encoding, "_ONNX", ("a_package_that_is_not_installed",))
    assert QuickEncoder(default).chosen.settings.backend == "torch"
