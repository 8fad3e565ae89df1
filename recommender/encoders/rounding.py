"""Round an exported encoder to whole numbers of 8 bits.

Each column of a linear layer's weights has its own scale, each token gets one while the
model runs, so that a text's vector does not depend on its batch. The quantiser that
comes with onnxruntime scales a whole batch at once. Attention, normalisation and the
like stay floats.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

MICROSOFT = "com.microsoft"
LEAST_TABLE = 1_000_000  # numbers; smaller tables of embeddings stay floats
# weights reach -64 … 64: with 127, two products overflow 16 bits on processors without
# VNNI
MOST = 64
SMALL = 1e-9  # no scale is zero


class Rounding:
    """The nodes and constants of a graph while it is rewritten."""

    def __init__(self, graph: Any) -> None:
        self.graph = graph
        self.weights = {one.name: one for one in graph.initializer}
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self.gone: set[str] = set()
        self.rounded: dict[str, tuple[str, str]] = {}
        self.one = self.constant("rounding_one", np.float32(1))
        self.middle = self.constant("rounding_middle", np.uint8(128))
        self.small = self.constant("rounding_small", np.float32(SMALL))
        self.step = self.constant("rounding_step", np.float32(1 / 127))
        self.last = self.constant("rounding_last", np.array([-1], np.int64))

    def constant(self, name: str, values: npt.ArrayLike) -> str:
        # of the extra `learn`: only who makes a model smaller needs it
        from onnx import numpy_helper

        self.constants.append(
            numpy_helper.from_array(np.ascontiguousarray(values), name)
        )
        return name

    def add(self, kind: str, inputs: list[str], output: str, **more: Any) -> str:
        # of the extra `learn`: only who makes a model smaller needs it
        from onnx import helper

        self.nodes.append(helper.make_node(kind, inputs, [output], **more))
        return output

    def table(self, name: str) -> npt.NDArray[np.float32]:
        # of the extra `learn`: only who makes a model smaller needs it
        from onnx import numpy_helper

        self.gone.add(name)
        return numpy_helper.to_array(self.weights[name]).astype(np.float32)

    def tokens(self, states: str) -> tuple[str, str]:
        """Round each token's numbers by its own largest; return them and their scales."""
        # queries, keys and values read the same states: they are rounded once
        if states not in self.rounded:
            size = self.add("Abs", [states], f"{states}_size")
            largest = self.add(
                "ReduceMax", [size, self.last], f"{states}_largest", keepdims=1
            )
            some = self.add("Max", [largest, self.small], f"{states}_some")
            scale = self.add("Mul", [some, self.step], f"{states}_scale")
            share = self.add("Div", [states, scale], f"{states}_share")
            whole = self.add(
                "QuantizeLinear", [share, self.one, self.middle], f"{states}_whole"
            )
            self.rounded[states] = whole, scale
        return self.rounded[states]

    def product(self, node: Any) -> None:
        """Multiply whole numbers in place of a linear layer's floats."""
        states, name = node.input
        table = self.table(name)  # (n_rows, n_columns)
        # a scale for each column: one large weight must not cost all others their
        # digits
        scales = (np.maximum(np.abs(table).max(0), SMALL) / MOST).astype(np.float32)
        whole, scale = self.tokens(states)
        inputs = [
            whole,
            self.constant(f"{name}_whole", np.rint(table / scales).astype(np.int8)),
            self.one,
            self.constant(f"{name}_scales", scales),
            self.middle,
            self.constant(f"{name}_zero", np.zeros(len(scales), np.int8)),
        ]
        floats = self.add(
            "MatMulIntegerToFloat", inputs, f"{name}_product", domain=MICROSOFT
        )
        self.add("Mul", [floats, scale], node.output[0])

    def lookup(self, node: Any) -> None:
        """Look up whole numbers and their row's scale in place of a large table."""
        name, ids = node.input
        table = self.table(name)
        scales = (np.maximum(np.abs(table).max(1, keepdims=True), SMALL) / 127).astype(
            np.float32
        )
        whole = self.constant(f"{name}_whole", np.rint(table / scales).astype(np.int8))
        found = self.add("Gather", [whole, ids], f"{name}_found")
        floats = self.add("Cast", [found], f"{name}_floats", to=1)
        rows = self.constant(f"{name}_rows", scales)
        scale = self.add("Gather", [rows, ids], f"{name}_scale")
        self.add("Mul", [floats, scale], node.output[0])

    def is_product(self, node: Any) -> bool:
        weights = self.weights.get(node.input[1]) if node.op_type == "MatMul" else None
        return weights is not None and len(weights.dims) == 2

    def is_lookup(self, node: Any) -> bool:
        table = self.weights.get(node.input[0]) if node.op_type == "Gather" else None
        return table is not None and int(np.prod(table.dims)) >= LEAST_TABLE


def round_weights(model: Any) -> Any:
    """Return the ONNX model with its linear layers and large tables in 8 bits."""
    # of the extra `learn`: only who makes a model smaller needs it
    from onnx import helper

    work = Rounding(model.graph)
    for node in list(model.graph.node):
        if work.is_product(node):
            work.product(node)
        elif work.is_lookup(node):
            work.lookup(node)
        else:
            work.nodes.append(node)
    kept = [one for one in model.graph.initializer if one.name not in work.gone]
    del model.graph.node[:], model.graph.initializer[:]
    model.graph.node.extend(work.nodes)
    model.graph.initializer.extend([*kept, *work.constants])
    model.opset_import.append(helper.make_opsetid(MICROSOFT, 1))
    return model
