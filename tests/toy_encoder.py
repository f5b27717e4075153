"""Toy networks of one convolution: an encoder to which bright patches look like AI, and a teacher of tokens."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

PATCH = 14  # px, of a crop of 224: a grid of 16 x 16
TRAINING = {"teacher_sha256": "0", "torch": "0", "recipe": {"folds": 8}}


def write_encoder(path: Path, gain: float = 0.1, channels: int = 1) -> Path:
    """Its log-odds are the mean brightness of a patch, 0 to 255, less 128, times `gain`; a file beside it says so."""
    path.with_suffix(".json").write_text(json.dumps(TRAINING), encoding="utf-8")
    kernel = np.full((channels, 3, PATCH, PATCH), gain / (3 * PATCH**2), np.float32)
    return _save(path, kernel, -128 * gain, [], "grid", [1, channels, 16, 16])


def write_teacher(path: Path, width: int = 8) -> Path:
    """Its tokens, (1, 256, `width`), are random projections of the patches."""
    from onnx import helper, numpy_helper

    kernel = np.random.default_rng(0).normal(size=(width, 3, PATCH, PATCH)).astype(np.float32)
    shape = helper.make_node("Constant", [], ["shape"], value=numpy_helper.from_array(np.array([1, width, 256])))
    rows = helper.make_node("Reshape", ["grid", "shape"], ["rows"])
    tokens = helper.make_node("Transpose", ["rows"], ["tokens"], perm=[0, 2, 1])
    return _save(path, kernel, 0.0, [shape, rows, tokens], "tokens", [1, 256, width])


def _save(path: Path, kernel: np.ndarray, bias: float, after: list[Any], output: str, shape: list[int]) -> Path:
    """A convolution by `kernel`, the nodes `after` it, and what they give."""
    from onnx import TensorProto, helper, numpy_helper, save

    inputs = ["pixels", "kernel", "bias"]
    node = helper.make_node("Conv", inputs, ["grid"], kernel_shape=[PATCH, PATCH], strides=[PATCH, PATCH])
    biases = np.full(len(kernel), bias, np.float32)
    graph = helper.make_graph(
        [node, *after],
        "toy",
        [helper.make_tensor_value_info("pixels", TensorProto.FLOAT, [1, 3, 224, 224])],
        [helper.make_tensor_value_info(output, TensorProto.FLOAT, shape)],
        [numpy_helper.from_array(kernel, "kernel"), numpy_helper.from_array(biases, "bias")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    save(model, path)
    return path
