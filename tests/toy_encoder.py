"""A toy encoder: an ONNX network of one convolution that averages each 14 x 14 patch, in red, green and blue."""

from __future__ import annotations

from pathlib import Path

import numpy as np

PATCH = 14  # px, of a crop of 224: a grid of 16 x 16


def write_encoder(path: Path, gain: float = 1.0) -> Path:
    """Its descriptors are the mean colours of the patches, 0 to 255, times `gain`."""
    from onnx import TensorProto, helper, numpy_helper, save

    kernel = np.zeros((3, 3, PATCH, PATCH), np.float32)
    for channel in range(3):
        kernel[channel, channel] = gain / PATCH**2
    node = helper.make_node("Conv", ["pixels", "kernel"], ["grid"], kernel_shape=[PATCH, PATCH], strides=[PATCH, PATCH])
    graph = helper.make_graph(
        [node],
        "toy",
        [helper.make_tensor_value_info("pixels", TensorProto.FLOAT, [1, 3, 224, 224])],
        [helper.make_tensor_value_info("grid", TensorProto.FLOAT, [1, 3, 16, 16])],
        [numpy_helper.from_array(kernel, "kernel")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    save(model, path)
    return path
