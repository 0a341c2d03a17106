"""Builds the ONNX graph of the pruned encoder: 4-bit word table (lossless), int8 matrix products, fp32 elsewhere.

Each row of activations (one token) is quantised by its own largest value, so a token's numbers depend on its own text
only, never on its neighbours in the batch. Weights use 7 of 8 bits: without VNNI, x86 adds pairs of u8×s8 products in
16 bits, and 2 × 255 × 63 = 32,130 < 32,768 cannot overflow there, so every CPU computes the same products.
"""

from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from pack import BLOCK, Pack

MICROSOFT = "com.microsoft"
WEIGHT_LIMIT = 63
ACTIVATION_LIMIT = 127
ZERO_POINT = 128
# The least value that the exact GELU takes is -0.16997: below this, only its positive side sets the scale.
GELU_DEPTH = 0.17
TINY = 1e-9
OPSET, IR_VERSION = 21, 10


class GraphWriter:
    """Collects nodes and constants; each method that adds a node returns the name of its output."""

    def __init__(self, pack: Pack) -> None:
        self.pack = pack
        self.nodes: list[onnx.NodeProto] = []
        self.constants: dict[str, onnx.TensorProto] = {}

    def constant(self, name: str, values: NDArray[np.generic]) -> str:
        """Add an initializer once."""
        self.constants.setdefault(name, numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def add(self, operator: str, inputs: list[str], output: str, domain: str = "", **attributes: Any) -> str:
        """Add a node with one output."""
        self.nodes.append(helper.make_node(operator, inputs, [output], output, domain=domain, **attributes))
        return output

    def embed(self, ids: list[int]) -> str:
        """Add word + position + type embeddings, normalised, as rows (tokens, hidden)."""
        hidden = self.pack.shape.hidden
        table = self.pack.blocks("emb.word")
        nibbles = table.nibbles[ids].reshape(len(ids), hidden) ^ 8
        packed = (nibbles[:, 0::2] | (nibbles[:, 1::2] << 4)).tobytes()
        self.constants["words"] = helper.make_tensor("words", TensorProto.INT4, [len(ids), hidden], packed, raw=True)
        self.constant("word_scales_half", table.scales[ids])
        self.add("Cast", ["word_scales_half"], "word_scales", to=TensorProto.FLOAT)
        blocks = {"block_size": BLOCK, "gather_axis": 0, "quantize_axis": 1}
        self.add("GatherBlockQuantized", ["words", "input_ids", "word_scales"], "word", MICROSOFT, **blocks)
        kinds = self.pack.vector("emb.type").reshape(-1, hidden)
        self.constant("positions", self.pack.vector("emb.pos").reshape(-1, hidden) + kinds[0])
        self.add("Shape", ["input_ids"], "length", start=1, end=2)
        self.add("Slice", ["positions", self.constant("start", np.array([0])), "length"], "position")
        self.add("Add", ["word", "position"], "embedded")
        self.add("Shape", ["input_ids"], "batch_shape")
        self.add("Concat", ["batch_shape", self.constant("width", np.array([hidden]))], "shape", axis=0)
        self.add("Reshape", ["embedded", self.constant("rows", np.array([-1, hidden]))], "embedded_rows")
        return self.normalise("embedded_rows", "emb.ln", "x0")

    def normalise(self, x: str, name: str, output: str) -> str:
        """Add a layer norm."""
        weights = [self.constant(f"{name}.{part}", self.pack.vector(f"{name}.{part}")) for part in "wb"]
        return self.add("LayerNormalization", [x, *weights], output, axis=-1, epsilon=self.pack.shape.epsilon)

    def quantise(self, x: str, magnitude: str, floor: float) -> tuple[str, str]:
        """Add the quantisation of each row of `x` by the largest value of `magnitude`; return codes and scales."""
        axis = self.constant("last", np.array([-1]))
        self.add("ReduceMax", [magnitude, axis], f"{x}.peak")
        self.add("Max", [f"{x}.peak", self.constant(f"floor {floor}", np.array([floor], np.float32))], f"{x}.top")
        self.add("Mul", [f"{x}.top", self.constant("step", np.array([1 / ACTIVATION_LIMIT], np.float32))], f"{x}.scale")
        self.add("Reshape", [f"{x}.scale", axis], f"{x}.scales")
        self.add("Shape", [f"{x}.scales"], f"{x}.count")
        zero = helper.make_tensor("zero", TensorProto.UINT8, [1], [ZERO_POINT])
        self.add("ConstantOfShape", [f"{x}.count"], f"{x}.zeros", value=zero)
        return self.add("QuantizeLinear", [x, f"{x}.scales", f"{x}.zeros"], f"{x}.codes", axis=0), f"{x}.scale"

    def multiply(self, codes: str, scale: str, name: str) -> str:
        """Add the product of quantised rows with weight matrix `name`, back in fp32, without its bias."""
        weights = self.pack.weights(name).T
        scales = np.abs(weights).max(axis=0) / WEIGHT_LIMIT
        inputs = [
            codes,
            self.constant(f"{name}.w", np.rint(weights / scales).astype(np.int8)),
            self.constant("one", np.array(1, np.float32)),
            self.constant(f"{name}.s", scales),
            self.constant("activation_zero", np.array(ZERO_POINT, np.uint8)),
        ]
        self.add("MatMulIntegerToFloat", inputs, f"{name}.raw", MICROSOFT)
        return self.add("Mul", [f"{name}.raw", scale], f"{name}.product")

    def linear(self, codes: str, scale: str, name: str) -> str:
        """Add product and bias."""
        bias = self.constant(f"{name}.b", self.pack.vector(f"{name}.b"))
        return self.add("Add", [self.multiply(codes, scale, name), bias], f"{name}.out")

    def attend(self, x: str, layer: str) -> str:
        """Add multi-head attention within each text of the batch; texts of a batch have one length, so no mask."""
        codes, scale = self.quantise(x, self.add("Abs", [x], f"{x}.abs"), TINY)
        parts = [self.multiply(codes, scale, f"{layer}.{part}") for part in "qkv"]
        texts = [self.add("Reshape", [part, "shape"], f"{part}.texts") for part in parts]
        bias = self.constant(f"{layer}.bias", np.concatenate([self.pack.vector(f"{layer}.{p}.b") for p in "qkv"]))
        heads = self.pack.shape.heads
        mixed = self.add("MultiHeadAttention", [*texts, bias], f"{layer}.mixed", MICROSOFT, num_heads=heads)
        rows = self.add("Reshape", [mixed, "rows"], f"{layer}.mixed.rows")
        codes, scale = self.quantise(rows, self.add("Abs", [rows], f"{rows}.abs"), TINY)
        total = self.add("Add", [x, self.linear(codes, scale, f"{layer}.ao")], f"{layer}.attended")
        return self.normalise(total, f"{layer}.aln", f"{layer}.h")

    def feed_forward(self, x: str, layer: str) -> str:
        """Add the two-layer perceptron with exact GELU."""
        codes, scale = self.quantise(x, self.add("Abs", [x], f"{x}.abs"), TINY)
        inner = self.add("Gelu", [self.linear(codes, scale, f"{layer}.fi")], f"{layer}.inner", MICROSOFT)
        codes, scale = self.quantise(inner, inner, GELU_DEPTH)
        total = self.add("Add", [x, self.linear(codes, scale, f"{layer}.fo")], f"{layer}.fed")
        return self.normalise(total, f"{layer}.oln", f"{layer}.x")


def build_model(pack: Pack, ids: list[int]) -> onnx.ModelProto:
    """Return the model: `input_ids` int64 (texts, tokens) of one length → `token_sum` float32 (texts, hidden)."""
    writer = GraphWriter(pack)
    x = writer.embed(ids)
    for number in range(pack.shape.layers):
        x = writer.feed_forward(writer.attend(x, f"l{number}"), f"l{number}")
    writer.add("Reshape", [x, "shape"], "tokens")
    writer.add("ReduceSum", ["tokens", writer.constant("token_axis", np.array([1]))], "token_sum", keepdims=0)
    graph = helper.make_graph(
        writer.nodes,
        "rongtong-encoder",
        [helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["texts", "tokens"])],
        [helper.make_tensor_value_info("token_sum", TensorProto.FLOAT, ["texts", pack.shape.hidden])],
        list(writer.constants.values()),
    )
    opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(MICROSOFT, 1)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION, producer_name="rongtong")
