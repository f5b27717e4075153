"""Toy networks of one convolution: an encoder that averages each 14 x 14 patch by colour, and a teacher of tokens."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

PATCH = 14  # px, of a crop of 224: a grid of 16 x 16


def write_encoder(path: Path, gain: float = 1.0) -> Path:
    """Its descriptors are the mean colours of the patches, 0 to 255, times `gain`."""
    kernel = np.zeros((3, 3, PATCH, PATCH), np.float32)
    for channel in range(3):
        kernel[channel, channel] = gain / PATCH**2
    return _save(path, kernel, [], "grid", [1, 3, 16, 16])


def write_teacher(path: Path, width: int = 8) -> Path:
    """Its tokens, (1, 256, `width`), are random projections of the patches."""
    from onnx import helper, numpy_helper

    kernel = np.random.default_rng(0).normal(size=(width, 3, PATCH, PATCH)).astype(np.float32)
    shape = helper.make_node("Constant", [], ["shape"], value=numpy_helper.from_array(np.array([1, width, 256])))
    rows = helper.make_node("Reshape", ["grid", "shape"], ["rows"])
    tokens = helper.make_node("Transpose", ["rows"], ["tokens"], perm=[0, 2, 1])
    return _save(path, kernel, [shape, rows, tokens], "tokens", [1, 256, width])


def _save(path: Path, kernel: np.ndarray, after: list[Any], output: str, shape: list[int]) -> Path:
    """A convolution by `kernel`, the nodes `after` it, and what they give."""
    from onnx import TensorProto, helper, numpy_helper, save

    node = helper.make_node("Conv", ["pixels", "kernel"], ["grid"], kernel_shape=[PATCH, PATCH], strides=[PATCH, PATCH])
    graph = helper.make_graph(
        [node, *after],
        "toy",
        [helper.make_tensor_value_info("pixels", TensorProto.FLOAT, [1, 3, 224, 224])],
        [helper.make_tensor_value_info(output, TensorProto.FLOAT, shape)],
        [numpy_helper.from_array(kernel, "kernel")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    save(model, path)
    return path
