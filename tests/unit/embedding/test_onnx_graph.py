"""Conversion of BERT models to ONNX graphs."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from recommender.embedding.onnx_graph import GELU_FLOOR, WEIGHT_TOP, bert_graph

SIZE, INNER, WORDS = 8, 16, 12
CONFIG = {"num_hidden_layers": 2, "num_attention_heads": 2, "hidden_size": SIZE, "layer_norm_eps": 1e-12}


@pytest.fixture(scope="module")
def weights():
    """Random weights of a small BERT, by name."""
    random = np.random.default_rng(0)
    shapes = {f"embeddings.{name}.weight": (rows, SIZE) for name, rows in _tables().items()}
    norms = ["embeddings"]
    for layer in range(CONFIG["num_hidden_layers"]):
        name = f"encoder.layer.{layer}"
        norms += [f"{name}.attention.output", f"{name}.output"]
        dense = {f"attention.self.{part}": (SIZE, SIZE) for part in ("query", "key", "value")}
        dense |= {"attention.output.dense": (SIZE, SIZE), "intermediate.dense": (INNER, SIZE)}
        for part, shape in (dense | {"output.dense": (SIZE, INNER)}).items():
            shapes |= {f"{name}.{part}.weight": shape, f"{name}.{part}.bias": shape[:1]}
    shapes |= {f"{norm}.LayerNorm.{part}": (SIZE,) for norm in norms for part in ("weight", "bias")}
    return {name: random.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}


def _tables():
    return {"word_embeddings": WORDS, "position_embeddings": 10, "token_type_embeddings": 2}


def loaded(graph):
    import onnx

    return onnx.load_from_string(graph)


def vectors_of(graph, ids):
    import onnxruntime

    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    return session.run(None, {"input_ids": np.array(ids, np.int32)})[0]


@pytest.mark.parametrize("int8", [False, True])
@pytest.mark.parametrize("pooling", ["mean", "cls"])
def test_a_graph_makes_a_unit_vector_of_each_text(weights, pooling, int8):
    vectors = vectors_of(bert_graph(weights, CONFIG, pooling, int8=int8), [[1, 2, 3], [4, 5, 6]])
    assert (vectors.shape, vectors.dtype) == ((2, SIZE), np.float32)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)


@pytest.mark.parametrize("pooling", ["mean", "cls"])
def test_8_bits_are_near_to_32(weights, pooling):
    ids = [[1, 2, 3, 4], [11, 0, 7, 7]]
    exact, rounded = (vectors_of(bert_graph(weights, CONFIG, pooling, int8=int8), ids) for int8 in (False, True))
    assert (exact * rounded).sum(axis=1).min() > 0.99


def test_weights_of_8_bits_leave_room_for_two_products_in_16(weights):
    from onnx import numpy_helper

    made = loaded(bert_graph(weights, CONFIG, "mean", int8=True))
    small = [numpy_helper.to_array(one) for one in made.graph.initializer if one.data_type == 3 and len(one.dims) == 2]
    assert len(small) == 3 * CONFIG["num_hidden_layers"]
    assert {int(np.abs(array).max()) for array in small} == {WEIGHT_TOP}
    assert np.iinfo(np.int16).max >= 2 * 255 * WEIGHT_TOP


def test_gelu_stays_above_its_floor():
    import torch

    values = torch.nn.functional.gelu(torch.linspace(-5, 0, 10_001))
    assert -GELU_FLOOR < values.min().item() < -GELU_FLOOR + 1e-4


def test_equal_weights_make_equal_graphs_without_a_mask(weights):
    graph = bert_graph(weights, CONFIG, "mean")
    assert graph == bert_graph(weights, CONFIG, "mean")
    made = loaded(graph)
    assert [one.name for one in made.graph.input] == ["input_ids"]
    kinds = Counter(node.op_type for node in made.graph.node)
    assert kinds == {
        "EmbedLayerNormalization": 1,
        "Attention": 2,
        "MatMul": 6,
        "SkipLayerNormalization": 4,
        "BiasGelu": 2,
        "ReduceSum": 1,
        "LpNormalization": 1,
    }


def test_a_token_of_only_zeros_has_a_vector_in_8_bits(weights):
    silent = {name: np.zeros_like(array) if "LayerNorm" in name else array for name, array in weights.items()}
    silent["encoder.layer.1.output.LayerNorm.bias"] = np.ones(SIZE, np.float32)
    vectors = vectors_of(bert_graph(silent, CONFIG, "mean", int8=True), [[1, 2, 3]])
    np.testing.assert_allclose(vectors, np.full((1, SIZE), SIZE**-0.5), atol=1e-6)
