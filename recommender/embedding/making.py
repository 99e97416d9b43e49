"""Makes the encoder that some settings name."""

from __future__ import annotations

from recommender.config import MULTILINGUAL, EncoderSettings
from recommender.embedding.encoder import SentenceTransformerEncoder
from recommender.embedding.http_encoder import HttpEncoder
from recommender.embedding.models import locate_model, model_fingerprint
from recommender.embedding.multilingual import MultilingualEncoder, multilingual_fingerprint
from recommender.embedding.pipeline import Encoder


def make_encoder(settings: EncoderSettings, fingerprint: str | None = None) -> Encoder:
    """Return the encoder that settings name; its model is loaded on first use.

    Args:
        settings: The encoder's settings.
        fingerprint: The expected fingerprint, checked when the model is loaded; computed from its files by default.

    Raises:
        EncoderError: If a setting does not apply to the model.
    """
    if settings.backend == "http":
        return HttpEncoder(settings, fingerprint)
    if settings.model == MULTILINGUAL:
        return MultilingualEncoder(settings, fingerprint)
    return SentenceTransformerEncoder(settings, fingerprint)


def fingerprint_of(settings: EncoderSettings) -> str:
    """Return the fingerprint of the encoder that settings name, from its files or by asking its server.

    Raises:
        EncoderError: If the model is unknown, cannot be reached, or is not the published one.
    """
    if settings.backend == "http":
        return HttpEncoder(settings).fingerprint
    if settings.model == MULTILINGUAL:
        return multilingual_fingerprint(settings)
    return model_fingerprint(locate_model(settings.model), settings)
