"""When a server loads the model."""

from __future__ import annotations

from pathlib import Path

from support.answering import ACLU, REUTERS
from support.serving import ServerProcess, path_of, serving, wait_until

DRAFT = {"title": "Judge asked to stop Clearview AI from collecting face biometrics"}


def has_loaded_the_model(server: ServerProcess) -> bool:
    maps = Path(f"/proc/{server.process.pid}/maps").read_text(encoding="utf-8")
    return "libtorch" in maps or "onnxruntime" in maps


def test_the_model_is_loaded_for_a_draft_and_for_nothing_before(site_collection: Path):
    with serving(site_collection) as fresh:
        get = fresh.client.get
        for path in (
            path_of(ACLU),
            path_of(ACLU, "/related"),
            "/v1/search?q=judge",
            "/v1/map",
            "/v1/status",
            "/metrics",
        ):
            assert get(path).status_code == 200
        assert not has_loaded_the_model(fresh)
        assert REUTERS in [item["id"] for item in fresh.client.post("/v1/related", json=DRAFT).json()["related"]]
        assert has_loaded_the_model(fresh)


def test_the_model_is_loaded_once_the_service_is_ready(site_collection: Path):
    with serving(site_collection, warm_model=True) as warm:
        wait_until(lambda: has_loaded_the_model(warm), warm)
        assert REUTERS in [item["id"] for item in warm.client.post("/v1/related", json=DRAFT).json()["related"]]
