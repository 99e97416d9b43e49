"""Which encoder a collection's vectors are of, and how to get more of them."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from recommender.config import EncoderSettings
from recommender.embedding import SentenceTransformerEncoder, Vectors, check_vectors
from recommender.embedding.models import locate_model, model_fingerprint
from recommender.errors import EncoderMismatchError
from recommender.text import text_hash

if TYPE_CHECKING:
    from recommender.embedding import Encoder
    from recommender.store.base import Store


@dataclass(frozen=True)
class Encoding:
    """Which encoder a collection's vectors are of.

    Attributes:
        settings: Which model, and how it is used.
        fingerprint: What makes its vectors.
        dimension: Their length.
        unrelated_cosines: The cosines that unrelated texts have under this encoder, ascending.
    """

    settings: EncoderSettings
    fingerprint: str
    dimension: int
    unrelated_cosines: tuple[float, ...]

    @classmethod
    def parse(cls, recorded: str) -> Encoding:
        """Read what `text` wrote."""
        values = json.loads(recorded)
        return cls(
            EncoderSettings(**values["settings"]),
            values["fingerprint"],
            values["dimension"],
            tuple(values["unrelated_cosines"]),
        )

    def text(self) -> str:
        """The encoding as JSON, without the device, which does not change what a vector means."""
        settings = self.settings.model_dump(mode="json", exclude={"device"})
        return json.dumps(
            {
                "settings": settings,
                "fingerprint": self.fingerprint,
                "dimension": self.dimension,
                "unrelated_cosines": self.unrelated_cosines,
            }
        )

    def run_by(self, settings: EncoderSettings) -> Encoding:
        """The same vectors, made by the backend that `settings` name."""
        return replace(self, settings=self.settings.model_copy(update={"backend": settings.backend}))

    def refuse_vectors_of(self, encoder: Encoder) -> None:
        """Make sure that `encoder` is the recorded one.

        Raises:
            EncoderMismatchError: If it is another.
        """
        if encoder.fingerprint != self.fingerprint:
            raise EncoderMismatchError(
                f"the collection's vectors are of the encoder {self.fingerprint}, not of {encoder.fingerprint}",
                hint="build with recreate to encode everything again",
            )


def open_encoder(encoding: Encoding, device: str | None = None) -> Encoder:
    """The encoder that made a collection's vectors; its model is loaded when it is first used."""
    settings = encoding.settings if device is None else encoding.settings.model_copy(update={"device": device})
    return SentenceTransformerEncoder(settings, encoding.fingerprint)


def refuse_other_encoder(recorded: Encoding, settings: EncoderSettings) -> None:
    """Make sure that a build's encoder settings are the recorded ones, apart from the device.

    Raises:
        EncoderMismatchError: If the build would mix vectors of two encoders.
    """
    wanted = settings.model_copy(update={"device": None})
    if wanted == recorded.settings.model_copy(update={"device": None}):
        return
    fingerprint = model_fingerprint(locate_model(settings.model), settings)
    if fingerprint != recorded.fingerprint:
        raise EncoderMismatchError(
            f"the collection was built with the model {_named(recorded.settings)} ({recorded.fingerprint}), "
            f"not with {_named(settings)} ({fingerprint})",
            hint="add --recreate to encode everything again with the new model",
        )


def _named(settings: EncoderSettings) -> str:
    return settings.model if settings.backend == "torch" else f"{settings.model}, run by {settings.backend}"


def vector_of(store: Store, encoding: Encoding, text: str, encoder: Encoder | None) -> Vectors:
    """The vector of a text: the stored one if there is one, else freshly encoded."""
    key = text_hash(text)
    stored = store.load_vectors(encoding.fingerprint, [key])
    if key in stored:
        return stored[key]
    vectors = (encoder or open_encoder(encoding)).encode([text])
    check_vectors(vectors, 1, encoding.dimension)
    vector: Vectors = vectors[0]
    return vector
