"""Conversion of BERT sentence models from safetensors weights to ONNX graphs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Weights = Mapping[str, NDArray[np.float32]]
Pooling = Literal["mean", "cls"]

OPSET = 17
IR_VERSION = 9
WEIGHT_TOP = 64
"""The largest 8-bit weight: older CPUs add two products of a byte and a weight in 16 bits, where 2 * 255 * 64 fits."""
GELU_FLOOR = 0.17
"""GELU never falls below minus this, so its shifted outputs fit unsigned bytes."""
_CONTRIB = "com.microsoft"


def bert_graph(weights: Weights, config: Mapping[str, Any], pooling: Pooling, *, int8: bool = False) -> bytes:
    """Build an ONNX graph from token ids, int32, (n_texts, n_tokens), to unit vectors, float32, (n_texts, dimension).

    All texts of a run must have the same number of tokens: there is no padding and no mask.

    Args:
        weights: The model's tensors, named as in transformers' BertModel.
        config: The model's `config.json`.
        pooling: Whether the vector is the mean of all tokens or the first one (CLS).
        int8: Multiply in 8 bits where that costs little accuracy: everywhere but queries, keys and values. Each token
            is scaled by its own largest value, so it does not depend on the other tokens.
    """
    graph = _Graph(weights, int8)
    x = graph.embeddings(float(config["layer_norm_eps"]))
    for layer in range(config["num_hidden_layers"]):
        x = graph.layer(x, f"encoder.layer.{layer}", config)
    if pooling == "mean":
        # A sum is enough, because the vector is normalized afterwards.
        x = graph.add("ReduceSum", [x, graph.constant("axis", np.array([1], np.int64))], keepdims=0)
    else:
        x = graph.add("Gather", [x, graph.constant("first", np.array(0, np.int64))], axis=1)
    return graph.model(x, config["hidden_size"])


class _Graph:
    def __init__(self, weights: Weights, int8: bool) -> None:
        self.weights = weights
        self.int8 = int8
        from onnx import ModelProto

        # Filled in place, because onnx.helper's functions copy all the weights.
        self.made = ModelProto(ir_version=IR_VERSION)
        self.nodes = self.made.graph.node
        self.names: set[str] = set()

    def constant(self, name: str, value: Any) -> str:
        from onnx import numpy_helper

        if name not in self.names:
            self.names.add(name)
            array = np.ascontiguousarray(value).reshape(np.shape(value))
            self.made.graph.initializer.append(numpy_helper.from_array(array, name))
        return name

    def weight(self, name: str) -> str:
        return self.constant(name, self.weights[name])

    def add(self, kind: str, inputs: list[str], domain: str = "", outputs: int = 1, **attributes: Any) -> str:
        """Add a node, and return the name of its first output."""
        from onnx import helper

        names = [f"{len(self.nodes)}.{number}" for number in range(outputs)]
        self.nodes.append(helper.make_node(kind, inputs, names, domain=domain, **attributes))
        return names[0]

    def embeddings(self, epsilon: float) -> str:
        # All tokens are of the first type, so its vector is added to the positions' in advance.
        of_type = self.weights["embeddings.token_type_embeddings.weight"][0]
        places = self.constant("places", self.weights["embeddings.position_embeddings.weight"] + of_type)
        words = self.weight("embeddings.word_embeddings.weight")
        norm = [self.weight(f"embeddings.LayerNorm.{part}") for part in ("weight", "bias")]
        inputs = ["input_ids", "", words, places, "", *norm]
        return self.add("EmbedLayerNormalization", inputs, _CONTRIB, outputs=2, epsilon=epsilon)

    def layer(self, x: str, name: str, config: Mapping[str, Any]) -> str:
        heads = [f"{name}.attention.self.{part}" for part in ("query", "key", "value")]
        joined = np.concatenate([self.weights[f"{head}.weight"].T for head in heads], axis=1)
        bias = np.concatenate([self.weights[f"{head}.bias"] for head in heads])
        inputs = [x, self.constant(f"{name}.heads", joined), self.constant(f"{name}.heads.bias", bias)]
        attended = self.add("Attention", inputs, _CONTRIB, num_heads=config["num_attention_heads"])
        epsilon = float(config["layer_norm_eps"])
        x = self.normalise(*self.multiply(attended, f"{name}.attention.output.dense"), x, f"{name}.attention", epsilon)
        inner, bias_name = self.multiply(x, f"{name}.intermediate.dense")
        inner = self.add("BiasGelu", [inner, bias_name], _CONTRIB)
        return self.normalise(*self.multiply(inner, f"{name}.output.dense", after_gelu=True), x, name, epsilon)

    def normalise(self, x: str, bias: str, skipped: str, name: str, epsilon: float) -> str:
        norm = [self.weight(f"{name}.output.LayerNorm.{part}") for part in ("weight", "bias")]
        return self.add("SkipLayerNormalization", [x, skipped, *norm, bias], _CONTRIB, epsilon=epsilon)

    def multiply(self, x: str, name: str, *, after_gelu: bool = False) -> tuple[str, str]:
        """Multiply by a weight; return the product and the name of the bias that is still to be added."""
        weight, bias = self.weights[f"{name}.weight"], self.weights[f"{name}.bias"]
        if not self.int8:
            return self.add("MatMul", [x, self.constant(f"{name}.weight", weight.T)]), self.weight(f"{name}.bias")
        steps = np.maximum(np.abs(weight).max(axis=1), np.float32(1e-12)) / np.float32(WEIGHT_TOP)
        rounded = np.round(weight / steps[:, None]).astype(np.int8)
        zero = self.constant("least_byte" if after_gelu else "middle", np.array(0 if after_gelu else 128, np.uint8))
        if after_gelu:
            bias = bias - np.float32(GELU_FLOOR) * (rounded.astype(np.float32).sum(axis=1) * steps)
        bytes_, scale = self.to_bytes(x, zero, after_gelu=after_gelu)
        inputs = [bytes_, self.constant(f"{name}.weight", rounded.T), zero, self.constant("none", np.array(0, np.int8))]
        product = self.add("Cast", [self.add("MatMulInteger", inputs)], to=1)
        product = self.add("Mul", [product, scale])
        return self.add("Mul", [product, self.constant(f"{name}.steps", steps)]), self.constant(f"{name}.bias", bias)

    def to_bytes(self, x: str, zero: str, *, after_gelu: bool) -> tuple[str, str]:
        """Quantize each token; return its bytes and its step size, shape (n_texts, n_tokens, 1)."""
        if after_gelu:
            floor = self.constant("gelu_floor", np.array(GELU_FLOOR, np.float32))
            x = self.add("Add", [x, floor])
            greatest, levels = self.add("ReduceMax", [x], axes=[-1]), 255.0
        else:
            greatest, levels = self.add("ReduceMax", [self.add("Abs", [x])], axes=[-1]), 127.0
        # A token of only zeros must not have a step of 0.
        greatest = self.add("Max", [greatest, self.constant("least", np.array(1e-9, np.float32))])
        step = self.add("Div", [greatest, self.constant(f"levels.{levels:.0f}", np.array(levels, np.float32))])
        whole = self.add("Div", [x, step])
        return self.add("QuantizeLinear", [whole, self.constant("one", np.array(1, np.float32)), zero]), step

    def model(self, x: str, dimension: int) -> bytes:
        from onnx import TensorProto, helper

        graph = self.made.graph
        graph.name = "encoder"
        self.nodes.append(helper.make_node("LpNormalization", [x], ["vectors"], axis=-1, p=2))
        graph.input.append(helper.make_tensor_value_info("input_ids", TensorProto.INT32, ["texts", "tokens"]))
        graph.output.append(helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["texts", dimension]))
        self.made.opset_import.extend([helper.make_opsetid("", OPSET), helper.make_opsetid(_CONTRIB, 1)])
        serialised: bytes = self.made.SerializeToString()
        return serialised
