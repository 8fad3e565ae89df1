"""A BERT-shaped model written down as an ONNX graph straight from its weights: no torch
is needed to make or run it.

Linear layers may hold whole numbers of 8 bits: each column of the weights has its own
scale, each token gets one while the model runs. Attention, normalisation and the like
stay floats.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from .base import Floats, UnusableModel

OPSET, MICROSOFT = 20, "com.microsoft"
# model type → first row of the position table that is used
KINDS = {"bert": 0, "xlm-roberta": 2, "roberta": 2}
# weights reach -64 … 64: with 127, two products overflow 16 bits on processors without
# VNNI
MOST = 64

Weights = Callable[[str], Floats]


@dataclass
class Draft:
    """Nodes and constants of a graph in the making."""

    is_int8: bool
    nodes: list[Any] = field(default_factory=list)
    constants: list[Any] = field(default_factory=list)

    def add(
        self,
        kind: str,
        inputs: list[str],
        n_outputs: int = 1,
        domain: str = "",
        **attributes: Any,
    ) -> list[str]:
        from onnx import helper

        outputs = [f"{kind}_{len(self.nodes)}_{number}" for number in range(n_outputs)]
        self.nodes.append(
            helper.make_node(kind, inputs, outputs, domain=domain, **attributes)
        )
        return outputs

    def constant(self, values: npt.ArrayLike) -> str:
        from onnx import numpy_helper

        name = f"constant_{len(self.constants)}"
        self.constants.append(
            numpy_helper.from_array(np.ascontiguousarray(values), name)
        )
        return name


def can_draw(config: dict[str, Any]) -> bool:
    """Say whether a model of this configuration can be written down here."""
    return (
        config.get("model_type") in KINDS
        and config.get("hidden_act", "gelu") == "gelu"
        and config.get("position_embedding_type", "absolute") == "absolute"
    )


def draw(folder: Path, *, is_int8: bool) -> Any:
    """Return the model in a Hugging Face directory as an ONNX model.

    Inputs are `ids` and `mask`, (n, t) both; the output `states` is (n, t, d).
    """
    from onnx import TensorProto, helper

    config = json.loads((folder / "config.json").read_text())
    weights, draft = _weights(folder), Draft(is_int8)
    states = _embeddings(draft, weights, config)
    mask = draft.add("Cast", ["mask"], to=TensorProto.INT32)[0]
    for number in range(config["num_hidden_layers"]):
        states = _layer(
            draft, weights, f"encoder.layer.{number}.", config, states, mask
        )
    draft.add("Identity", [states])
    draft.nodes[-1].output[0] = "states"
    shape = ["n", "t"]
    graph = helper.make_graph(
        draft.nodes,
        "encoder",
        [
            helper.make_tensor_value_info(name, TensorProto.INT64, shape)
            for name in ("ids", "mask")
        ],
        [
            helper.make_tensor_value_info(
                "states", TensorProto.FLOAT, [*shape, config["hidden_size"]]
            )
        ],
        draft.constants,
    )
    opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(MICROSOFT, 1)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=9)


def _embeddings(draft: Draft, weights: Weights, config: dict[str, Any]) -> str:
    """Words, places and the one type of text there is; places and type are added up
    beforehand.
    """
    words = _words(draft, weights("embeddings.word_embeddings.weight"))
    first = KINDS[config["model_type"]]
    places = weights("embeddings.position_embeddings.weight")[first:]
    table = draft.constant(
        places + weights("embeddings.token_type_embeddings.weight")[0]
    )
    length = draft.add(
        "Slice", [draft.add("Shape", ["ids"])[0], *map(draft.constant, ([1], [2]))]
    )[0]
    here = draft.add("Slice", [table, draft.constant([0]), length])[0]
    return _normalised(draft, weights, "embeddings.LayerNorm.", config, words, here)


def _words(draft: Draft, table: Floats) -> str:
    if not draft.is_int8:
        return draft.add("Gather", [draft.constant(table), "ids"])[0]
    scale = np.maximum(np.abs(table).max(1, keepdims=True), 1e-9) / 127
    whole = draft.add(
        "Gather", [draft.constant(np.rint(table / scale).astype(np.int8)), "ids"]
    )[0]
    scales = draft.add("Gather", [draft.constant(scale.astype(np.float32)), "ids"])[0]
    return draft.add("Mul", [draft.add("Cast", [whole], to=1)[0], scales])[0]


def _layer(
    draft: Draft,
    weights: Weights,
    at: str,
    config: dict[str, Any],
    states: str,
    mask: str,
) -> str:
    parts = [f"{at}attention.self.{name}." for name in ("query", "key", "value")]
    asked = _linear(draft, weights, parts, states)
    heads = config["num_attention_heads"]
    seen = draft.add(
        "MultiHeadAttention", [*asked, "", mask], domain=MICROSOFT, num_heads=heads
    )[0]
    told = _linear(draft, weights, [f"{at}attention.output.dense."], seen)[0]
    states = _normalised(
        draft, weights, f"{at}attention.output.LayerNorm.", config, states, told
    )
    wide = draft.add(
        "Gelu", _linear(draft, weights, [f"{at}intermediate.dense."], states)
    )[0]
    narrow = _linear(draft, weights, [f"{at}output.dense."], wide)[0]
    return _normalised(draft, weights, f"{at}output.LayerNorm.", config, states, narrow)


def _linear(draft: Draft, weights: Weights, names: list[str], states: str) -> list[str]:
    """Multiply by each named layer; what goes in is rounded once for all of them."""
    layers = [
        (weights(f"{name}weight").T, draft.constant(weights(f"{name}bias")))
        for name in names
    ]
    if not draft.is_int8:
        products = [
            draft.add("MatMul", [states, draft.constant(table)])[0]
            for table, _bias in layers
        ]
        return [
            draft.add("Add", [product, bias])[0]
            for product, (_t, bias) in zip(products, layers, strict=True)
        ]
    whole, scale = _rounded(draft, states)
    return [
        draft.add("Add", [_whole_product(draft, whole, scale, table), bias])[0]
        for table, bias in layers
    ]


def _rounded(draft: Draft, states: str) -> tuple[str, str]:
    """Bring each token's numbers to 8 bits by its own largest: a text's vector does not
    depend on its batch.
    """
    largest = draft.add(
        "ReduceMax", [draft.add("Abs", [states])[0], draft.constant([-1])], keepdims=1
    )[0]
    some = draft.add("Max", [largest, draft.constant(np.float32(1e-9))])[0]
    scale = draft.add("Mul", [some, draft.constant(np.float32(1 / 127))])[0]
    one, middle = draft.constant(np.float32(1)), draft.constant(np.uint8(128))
    return (
        draft.add(
            "QuantizeLinear", [draft.add("Div", [states, scale])[0], one, middle]
        )[0],
        scale,
    )


def _whole_product(draft: Draft, whole: str, scale: str, table: Floats) -> str:
    each = (np.maximum(np.abs(table).max(0), 1e-9) / MOST).astype(
        np.float32
    )  # (n_columns,)
    rounded = draft.constant(np.rint(table / each).astype(np.int8))
    one, middle = draft.constant(np.float32(1)), draft.constant(np.uint8(128))
    zero = draft.constant(np.zeros(len(each), np.int8))
    inputs = [whole, rounded, one, draft.constant(each), middle, zero]
    return draft.add(
        "Mul", [draft.add("MatMulIntegerToFloat", inputs, domain=MICROSOFT)[0], scale]
    )[0]


def _normalised(
    draft: Draft,
    weights: Weights,
    at: str,
    config: dict[str, Any],
    states: str,
    more: str,
) -> str:
    names = [draft.constant(weights(f"{at}{name}")) for name in ("weight", "bias")]
    total = draft.add("Add", [states, more])[0]
    return draft.add(
        "LayerNormalization",
        [total, *names],
        axis=-1,
        epsilon=config.get("layer_norm_eps", 1e-12),
    )[0]


def _weights(folder: Path) -> Weights:
    """Open a model's weights by the names they have within the encoder; raise
    `UnusableModel`.
    """
    from safetensors import safe_open

    path = folder / "model.safetensors"
    if not path.is_file():
        raise UnusableModel(f"{folder} holds no model.safetensors.")
    file = safe_open(str(path), "numpy")
    whole = {
        name.split("embeddings.word")[0]
        for name in file.keys()  # noqa: SIM118
        if "embeddings.word_embeddings" in name
    }
    if len(whole) != 1:
        raise UnusableModel(f"{path} holds no word embeddings of a BERT-shaped model.")
    (prefix,) = whole
    return lambda name: file.get_tensor(prefix + name).astype(np.float32)
