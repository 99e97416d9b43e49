"""The ONNX Runtime backend, in 32 and 8 bits, against PyTorch."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.config import EncoderSettings
from recommender.embedding import SentenceTransformerEncoder, onnx_encoder
from recommender.embedding.onnx_encoder import equal_lengths
from recommender.errors import EncoderError, EncoderMismatchError
from recommender.store import Encoding, refuse_other_encoder

TEXTS = [
    "Three residents were taken to hospital after a fire.",
    "Rain.",
    "",
    "Two residents were taken to hospital after a crash.",
    "The council votes on a new school, a bridge and the budget of the coming year, which grew by a fifth.",
    "Ärger über die Straßenbahn: Fahrgäste warten 東京",
    "long " * 400,
]


def encoder_of(backend, folder="default", fingerprint=None, **settings):
    return SentenceTransformerEncoder(EncoderSettings(model=str(folder), backend=backend, **settings), fingerprint)


@pytest.fixture(scope="module")
def fp32():
    return encoder_of("onnx")


@pytest.fixture(scope="module")
def int8():
    return encoder_of("onnx-int8")


@pytest.fixture(params=["onnx", "onnx-int8"])
def either(request, fp32, int8):
    return fp32 if request.param == "onnx" else int8


def changed(folder, name, **values):
    path = folder / name
    path.write_text(json.dumps(json.loads(path.read_text()) | values))
    return folder


def test_vectors_are_those_of_pytorch(fp32, real_encoder):
    np.testing.assert_allclose(fp32.encode(TEXTS), real_encoder.encode(TEXTS), atol=1e-6)


def test_vectors_of_8_bits_are_near_to_those_of_pytorch(int8, real_encoder):
    assert (int8.encode(TEXTS) * real_encoder.encode(TEXTS)).sum(axis=1).min() > 0.99


def test_vectors_are_float32_unit_rows(either):
    vectors = either.encode(TEXTS)
    assert (vectors.dtype, vectors.shape, either.dimension) == (np.float32, (len(TEXTS), 384), 384)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)


def test_no_text_gives_no_vector(either):
    assert either.encode([]).shape == (0, 384)


def test_a_vector_does_not_depend_on_the_rest_of_its_batch(fp32):
    alone = np.concatenate([fp32.encode([text]) for text in TEXTS])
    for texts in (TEXTS, TEXTS + [TEXTS[0], TEXTS[3]] * 4):
        np.testing.assert_allclose(fp32.encode(texts)[: len(TEXTS)], alone, atol=1e-6)


def test_a_vector_of_8_bits_is_the_same_to_the_last_bit_in_any_batch(int8):
    alone = np.concatenate([int8.encode([text]) for text in TEXTS])
    for texts in (TEXTS, TEXTS + [TEXTS[0], TEXTS[3]] * 4):
        np.testing.assert_array_equal(int8.encode(texts)[: len(TEXTS)], alone)


def test_vectors_come_in_the_order_of_their_texts(either):
    np.testing.assert_allclose(either.encode(TEXTS), either.encode(TEXTS[::-1])[::-1], atol=1e-6)


def test_progress_counts_every_text(either):
    calls = []
    either.encode(["a", "b", "c d"], progress=lambda *call: calls.append(call))
    assert calls[-1] == ("encoding", 3, 3)
    assert calls == sorted(calls)


def test_32_bits_share_pytorchs_fingerprint_and_8_bits_do_not(fp32, int8, real_encoder):
    assert fp32.fingerprint == real_encoder.fingerprint != int8.fingerprint


def test_a_pytorch_collection_accepts_onnx_and_refuses_8_bits(real_encoder):
    recorded = Encoding(EncoderSettings(), real_encoder.fingerprint, 384, (0.0,))
    refuse_other_encoder(recorded, EncoderSettings(backend="onnx"))
    with pytest.raises(EncoderMismatchError):
        refuse_other_encoder(recorded, EncoderSettings(backend="onnx-int8"))


def test_a_model_that_is_not_the_expected_one_is_refused():
    with pytest.raises(EncoderMismatchError):
        encoder_of("onnx-int8", fingerprint=encoder_of("onnx").fingerprint).encode(["text"])


def test_the_length_limit_and_prompts_are_those_of_the_settings(real_encoder):
    settings = {"max_seq_length": 8, "query_prompt": "query: ", "passage_prompt": "passage: "}
    own, torch = encoder_of("onnx", **settings), encoder_of("torch", **settings)
    for role in ("query", "passage"):
        np.testing.assert_allclose(own.encode(TEXTS, role), torch.encode(TEXTS, role), atol=1e-6)
    assert own.encode(["rain"])[0] @ real_encoder.encode(["rain"])[0] < 0.999


def test_a_models_own_prompts_are_used(copied, real_encoder):
    changed(copied, "config_sentence_transformers.json", prompts={"query": "query: "})
    expected = real_encoder.encode(["query: rain", "rain"])
    own = encoder_of("onnx", copied)
    np.testing.assert_allclose([own.encode(["rain"], "query")[0], own.encode(["rain"])[0]], expected, atol=1e-6)


@pytest.mark.parametrize(
    "pooling",
    [
        {"pooling_mode_mean_tokens": False, "pooling_mode_cls_token": True},
        {"pooling_mode_mean_tokens": True, "pooling_mode_cls_token": False},
    ],
)
def test_both_ways_of_pooling_are_those_of_pytorch(copied, pooling):
    changed(copied, "1_Pooling/config.json", **pooling)
    own, torch = encoder_of("onnx", copied), encoder_of("torch", copied)
    np.testing.assert_allclose(own.encode(TEXTS), torch.encode(TEXTS), atol=1e-6)


@pytest.mark.parametrize(
    ("name", "values", "reason"),
    [
        ("config.json", {"model_type": "mpnet"}, "its model_type is 'mpnet', not 'bert'"),
        ("config.json", {"hidden_act": "relu"}, "its hidden_act is 'relu', not 'gelu'"),
        ("config.json", {"position_embedding_type": "relative_key"}, "its attention is not plain BERT attention"),
        ("1_Pooling/config.json", {"pooling_mode_max_tokens": True}, "its pooling is neither mean nor CLS"),
        (
            "tokenizer_config.json",
            {"do_lower_case": False},
            "its tokenization is not determined by tokenizer.json alone",
        ),
    ],
)
def test_a_model_that_cannot_be_reproduced_is_refused_with_the_reason(copied, name, values, reason):
    changed(copied, name, **values)
    with pytest.raises(EncoderError, match=f"encoder.backend onnx cannot run the model .*: {reason}") as caught:
        encoder_of("onnx", copied).encode(["text"])
    assert caught.value.hint == 'set [encoder] backend = "torch"'


def test_a_model_of_another_architecture_is_refused(static_model):
    with pytest.raises(EncoderError, match="cannot run the model"):
        encoder_of("onnx", static_model).encode(["text"])


def test_weights_of_16_bits_are_refused(copied):
    from safetensors.numpy import load_file, save_file

    path = copied / "model.safetensors"
    halved = {name: tensor.astype(np.float16) for name, tensor in load_file(path).items()}
    path.unlink()
    save_file(halved, path)
    with pytest.raises(EncoderError, match="its weights are not float32"):
        encoder_of("onnx", copied).encode(["text"])


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("config.json", b"{"),
        ("config.json", b"[]"),
        ("config.json", b'{"model_type": "bert", "hidden_act": "gelu"}'),
        ("modules.json", b"[1]"),
        ("tokenizer.json", b"{}"),
        ("1_Pooling/config.json", b"[]"),
        ("model.safetensors", b"\xff" * 100),
        ("model.safetensors", None),
    ],
)
def test_a_broken_model_is_a_one_line_error_with_its_folder(copied, name, content):
    (copied / name).unlink()
    if content is not None:
        (copied / name).write_bytes(content)
    with pytest.raises(EncoderError, match=r"the model cannot be loaded: \S") as caught:
        encoder_of("onnx", copied).encode(["text"])
    assert caught.value.where == str(copied)
    assert "\n" not in str(caught.value)


def test_a_missing_package_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(EncoderError, match=r"encoder\.backend onnx needs packages that are not installed") as caught:
        encoder_of("onnx").encode(["text"])
    assert caught.value.hint == "pip install 'related-articles[onnx]'"


def test_another_device_is_refused():
    with pytest.raises(EncoderError, match="it runs on the CPU, not on cuda"):
        encoder_of("onnx", device="cuda").encode(["text"])


def test_pytorch_is_not_loaded():
    program = (
        "import sys; from recommender.config import EncoderSettings as S; "
        "from recommender.embedding import SentenceTransformerEncoder as E; E(S(backend='onnx')).encode(['a', 'b c']); "
        "print('torch' in sys.modules, 'transformers' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == ["False", "False"]


@pytest.mark.parametrize("wanted", ["1", "2", "", "many"])
def test_the_number_of_threads_follows_the_environment(monkeypatch, fp32, wanted):
    monkeypatch.setenv("OMP_NUM_THREADS", wanted)
    assert onnx_encoder._cores() == int(wanted) if wanted.isdigit() else onnx_encoder._cores() >= 1
    assert fp32.encode(["a", "b c"]).shape == (2, 384)


@given(st.lists(st.integers(1, 40)), st.integers(0, 100))
def test_every_row_is_in_one_run_of_its_own_length_within_the_budget(lengths, budget):
    runs = equal_lengths(lengths, budget)
    assert Counter(row for run in runs for row in run) == Counter(range(len(lengths)))
    for run in runs:
        assert len({lengths[row] for row in run}) == 1
        assert len(run) == 1 or len(run) * lengths[run[0]] <= budget
    assert [lengths[run[0]] for run in runs] == sorted((lengths[run[0]] for run in runs), reverse=True)


def test_a_folder_can_be_read_only(copied, tmp_path, fp32):
    shutil.copytree(copied, tmp_path / "other")
    (tmp_path / "other").chmod(0o555)
    np.testing.assert_array_equal(encoder_of("onnx", tmp_path / "other").encode(["a"]), fp32.encode(["a"]))
