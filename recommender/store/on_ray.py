"""Encodes a collection's queue on a Ray cluster. No other module imports ray."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from typing import Any

from recommender.embedding import Encoder
from recommender.errors import ConfigError
from recommender.progress import Progress
from recommender.store.encoding import Encoding, open_encoder
from recommender.store.opening import open_server
from recommender.store.queued import encode_queued, queue_of

LOOK_EVERY_S = 2.0

MakeEncoder = Callable[[Encoding, str | None], Encoder]


def encode_on_ray(
    cluster: str,
    place: str,
    *,
    workers: int,
    batch: int,
    device: str | None,
    until_empty: bool,
    on_done: Progress = lambda stage, done, total: None,
    make_encoder: MakeEncoder = open_encoder,
) -> int:
    """Encode the texts of a collection's queue by tasks on a cluster; a task whose process ends is started again.

    Args:
        cluster: The address of the cluster, such as `auto` or `ray://head.example:10001`.
        place: The address of the collection, which the cluster's machines must reach; this package must be there too.
        workers: How many tasks; each takes a processor, or a GPU if `device` is `cuda`.
        batch: How many texts a task takes at a time.
        device: See `encoder.device`.
        until_empty: Return when no text waits, instead of waiting for more.
        on_done: Called now and then with the texts that finished tasks encoded, and with those that wait.
        make_encoder: Makes the encoder of each task, given what the collection recorded and the device.

    Returns:
        How many texts were encoded.

    Raises:
        ConfigError: If ray is not installed, or there is no cluster at the address.
    """
    try:
        import ray
    except ImportError:
        raise ConfigError("ray is not installed", hint="pip install 'related-articles[ray]'") from None
    try:
        ray.init(address=cluster, logging_level="ERROR", log_to_driver=False)
    except Exception as error:
        what = str(error).strip().partition("\n")[0]
        raise ConfigError(f"there is no Ray cluster: {what}", where=cluster, expected="auto, or HOST:PORT") from None
    try:
        options: dict[str, Any] = {"max_retries": -1, "num_cpus": 1, "num_gpus": 1 if device == "cuda" else 0}
        task = ray.remote(**options)(_encode)
        running = [task.remote(place, batch, device, until_empty, make_encoder) for _ in range(workers)]
        done = 0
        with closing(open_server(place)) as store:
            queue, encoder = queue_of(store), store.recorded_encoding().fingerprint
            while running:
                ready, running = ray.wait(running, timeout=LOOK_EVERY_S)
                done += sum(ray.get(ready))
                on_done("encoding on the cluster", done, done + queue.left(encoder))
        return done
    finally:
        ray.shutdown()


def _encode(place: str, batch: int, device: str | None, until_empty: bool, make_encoder: MakeEncoder) -> int:
    with closing(open_server(place)) as store:
        encoder = make_encoder(store.recorded_encoding(), device)
        return encode_queued(store, encoder, batch=batch, until_empty=until_empty)
