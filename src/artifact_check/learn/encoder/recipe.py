"""What a training of the encoder depends on beside the photos, and the regions of the face that it learns from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from artifact_check.face import REGIONS, region_mask


@dataclass(frozen=True, slots=True)
class Recipe:
    """How an encoder is trained.

    `folds` encoders are trained beside that of all photos, each without the labels of some clusters.
    Crops: `draws` laundered copies of each photo, each mirrored or not and shifted by up to `shift` px.
    Targets: the `components` leading principal components of the teacher's tokens, found on `sample` crops.
    Network: `fine_blocks` blocks of `fine_width` channels at 32 x 32, then `blocks` blocks of `width` at 16 x 16.
    Training: epochs, peak learning rates and weight decay of distillation and of tuning; crops a batch.
    Labels: `smoothing` moves them off 0 and 1; `per_region` is the weight of each region's own loss, `distillation`
    that of the teacher while labels are learned; `hidden` units and `dropout` of the regions' heads.
    """

    seed: int = 0
    folds: int = 8
    draws: int = 3
    shift: float = 8.0
    components: int = 96
    sample: int = 400
    fine_width: int = 48
    fine_blocks: int = 3
    width: int = 192
    blocks: int = 4
    batch: int = 32
    distil_epochs: int = 16
    distil_rate: float = 3e-3
    distil_decay: float = 1e-2
    tune_epochs: int = 8
    tune_rate: float = 8e-4
    heads_rate: float = 2e-3
    tune_decay: float = 2e-2
    smoothing: float = 0.03
    per_region: float = 0.3
    distillation: float = 0.5
    hidden: int = 48
    dropout: float = 0.3


def region_masks() -> np.ndarray:
    """(R, 16, 16) bool: the patches of each of `face.REGIONS`."""
    return np.array([region_mask(name) for name in REGIONS])
