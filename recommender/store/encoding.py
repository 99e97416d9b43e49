"""The recorded encoder of a collection, and vectors of single texts."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.util import find_spec
from typing import TYPE_CHECKING

from recommender.config import EncoderSettings
from recommender.embedding import agree, fingerprint_of, make_encoder
from recommender.errors import EncoderError, EncoderMismatchError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recommender.embedding import Encoder, Vectors
    from recommender.embedding.pipeline import Role
    from recommender.progress import Progress

_ONNX = ("onnx", "onnxruntime")


@dataclass(frozen=True)
class Encoding:
    """The encoder of a collection's vectors.

    Attributes:
        settings: The model and how it is used.
        fingerprint: Identifies everything that determines its vectors.
        dimension: Length of its vectors.
        unrelated_cosines: Quantiles of the cosines between unrelated texts, ascending.
    """

    settings: EncoderSettings
    fingerprint: str
    dimension: int
    unrelated_cosines: tuple[float, ...]

    @classmethod
    def parse(cls, recorded: str) -> Encoding:
        """Parse what `text` returns."""
        values = json.loads(recorded)
        return cls(
            EncoderSettings(**values["settings"]),
            values["fingerprint"],
            values["dimension"],
            tuple(values["unrelated_cosines"]),
        )

    def text(self) -> str:
        """Return the encoding as JSON, without the device, which does not change the vectors."""
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
        """Return this encoding with the backend of `settings`, which makes the same vectors."""
        return replace(self, settings=self.settings.model_copy(update={"backend": settings.backend}))

    def refuse_vectors_of(self, encoder: Encoder) -> None:
        """Refuse an encoder other than the recorded one.

        Raises:
            EncoderMismatchError: If the fingerprints differ.
        """
        if encoder.fingerprint != self.fingerprint:
            raise EncoderMismatchError(
                f"the collection was encoded with {self.fingerprint}, not with {encoder.fingerprint}",
                hint="build with recreate to encode everything again",
            )


def open_encoder(encoding: Encoding, device: str | None = None) -> Encoder:
    """Return the encoder that made a collection's vectors; its model is loaded on first use."""
    settings = encoding.settings if device is None else encoding.settings.model_copy(update={"device": device})
    return make_encoder(settings, encoding.fingerprint)


class QuickEncoder:
    """Makes the vectors of an encoding by the backend whose first one comes soonest; chosen on first use.

    ONNX Runtime makes the vectors of PyTorch up to 3e-7, without loading it, where it is installed and can run the
    model.
    """

    def __init__(self, encoding: Encoding, device: str | None = None) -> None:
        self._encoding = encoding
        self._device = device
        self.fingerprint = encoding.fingerprint
        self.dimension = encoding.dimension

    def encode(self, texts: Sequence[str], role: Role = "passage", progress: Progress | None = None) -> Vectors:
        """Return unit vectors; see `embedding.Encoder`."""
        return self.chosen.encode(texts, role, progress)

    @cached_property
    def chosen(self) -> Encoder:
        """The encoder in use."""
        settings = self._encoding.settings
        if settings.backend == "torch" and self._device in {None, "cpu"} and all(map(find_spec, _ONNX)):
            with contextlib.suppress(EncoderError):  # a model that only PyTorch can run
                quick = settings.model_copy(update={"backend": "onnx", "device": self._device})
                encoder = make_encoder(quick, self.fingerprint)
                encoder.encode(["The model is loaded."])
                return encoder
        return open_encoder(self._encoding, self._device)


def refuse_other_encoder(recorded: Encoding, settings: EncoderSettings) -> None:
    """Refuse encoder settings that differ from the recorded ones in more than the device.

    Raises:
        EncoderMismatchError: If the build would mix vectors of two encoders.
    """
    wanted = settings.model_copy(update={"device": None})
    if wanted == recorded.settings.model_copy(update={"device": None}):
        return
    fingerprint = fingerprint_of(settings)
    if not agree(fingerprint, recorded.fingerprint):
        raise EncoderMismatchError(
            f"the collection was built with the model {_named(recorded.settings)} ({recorded.fingerprint}), "
            f"not with {_named(settings)} ({fingerprint})",
            hint="add --recreate to encode everything again with the new model",
        )


def _named(settings: EncoderSettings) -> str:
    return settings.model if settings.backend == "torch" else f"{settings.model}, run by {settings.backend}"
