"""The student and the heads that labels train it through, in PyTorch: imported only where a training runs.

Depthwise convolutions keep it small (Howard et al. 2017, MobileNets); a learned map of places does what position
embeddings do for the teacher.
"""

from __future__ import annotations

import copy
import warnings
from pathlib import Path

import numpy as np
import torch
from torch import nn

from artifact_check.errors import ModelError
from artifact_check.face import CROP_SIDE, GRID, MIN_VISIBLE, Encoder
from artifact_check.learn.encoder.recipe import Recipe, region_masks

_MEAN, _DEVIATION = 0.45 * 255, 0.25 * 255  # of a photo's pixels, about
_OPSET = 17
_MAX_DIFFERENCE = 1e-4  # between PyTorch's numbers and OpenCV's


class _Block(nn.Module):
    """(n, C, h, w) -> the same: what is around a patch, then what is in it, added to it."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(width, width, 5, padding=2, groups=width),
            nn.BatchNorm2d(width),
            nn.Conv2d(width, 2 * width, 1),
            nn.ReLU(),
            nn.Conv2d(2 * width, width, 1),
        )

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        return maps + self.layers(maps)


class Student(nn.Module):
    """(n, 3, 224, 224) RGB from 0 to 255 -> (n, K, 16, 16) components of the teacher's tokens."""

    def __init__(self, recipe: Recipe) -> None:
        super().__init__()
        fine, width = recipe.fine_width, recipe.width
        self.fine = nn.Sequential(
            nn.Conv2d(3, fine, 9, stride=7, padding=1),
            nn.BatchNorm2d(fine),
            nn.ReLU(),
            nn.Conv2d(fine, fine, 1),
            *(_Block(fine) for _ in range(recipe.fine_blocks)),
            nn.BatchNorm2d(fine),
            nn.Conv2d(fine, width, 2, stride=2),
        )
        self.place = nn.Parameter(torch.zeros(1, width, GRID, GRID))
        self.blocks = nn.Sequential(
            *(_Block(width) for _ in range(recipe.blocks)),
            nn.BatchNorm2d(width),
            nn.Conv2d(width, recipe.components, 1),
        )

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        return self.blocks(self.fine((pixels - _MEAN) / _DEVIATION) + self.place)


class Heads(nn.Module):
    """(n, K, 16, 16) maps -> (n, 16, 16) log-odds of AI by patch, from a small network for each region; 0 where no
    region is.
    """

    def __init__(self, recipe: Recipe) -> None:
        super().__init__()
        masks = torch.from_numpy(region_masks()).float()
        self.register_buffer("masks", masks, persistent=False)
        count, hidden = len(masks), recipe.hidden
        self.layers = nn.Sequential(
            nn.Dropout2d(recipe.dropout),
            nn.Conv2d(recipe.components, count * hidden, 1),
            nn.ReLU(),
            nn.Dropout2d(recipe.dropout),
            nn.Conv2d(count * hidden, count, 1, groups=count),
        )

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        odds: torch.Tensor = (self.layers(maps) * self.masks).sum(1)
        return odds

    def pool(self, odds: torch.Tensor, visible: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Mean log-odds (n, R) over the visible patches of each region, and which regions are there (n, R) bool.

        A region of which less than half is visible says nothing: 0.
        """
        masks = self.masks.flatten(1)
        shown = masks * visible.flatten(1).unsqueeze(1)  # (n, R, 256)
        count = shown.sum(2)
        present = count >= MIN_VISIBLE * masks.sum(1)
        return (odds.flatten(1).unsqueeze(1) * shown).sum(2) / count.clamp_min(1) * present, present


class Detector(nn.Module):
    """What a bundle ships: (n, 3, 224, 224) RGB from 0 to 255 -> (n, 1, 16, 16) log-odds of AI by patch."""

    def __init__(self, student: Student, heads: Heads) -> None:
        super().__init__()
        self.student, self.heads = student, heads

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        odds: torch.Tensor = self.heads(self.student(pixels)).unsqueeze(1)
        return odds


class _Unfolded(nn.Module):
    """A convolution of a crop as one of 1 x 1, with a channel for each weight of its kernel.

    In OpenCV it gives the same numbers, to the last bit, in less than half of the time: OpenCV computes channels in
    eights, so that a crop's three take as long as eight.
    """

    def __init__(self, convolution: nn.Conv2d) -> None:
        super().__init__()
        weight = convolution.weight.detach()
        (self.margin, _), (self.step, _), (side, _) = convolution.padding, convolution.stride, convolution.kernel_size
        self.cells, self.overlap = CROP_SIDE // self.step + 1, side - self.step
        self.points = nn.Conv2d(weight[0].numel(), len(weight), 1)
        self.points.weight.data = weight.permute(0, 2, 3, 1).reshape(len(weight), -1, 1, 1).contiguous()
        self.points.bias = convolution.bias

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        step, cells = self.step, self.cells
        padded = nn.functional.pad(pixels, (self.margin, step - self.margin) * 2)
        within = padded.reshape(-1, 3, cells, step, cells, step).permute(0, 3, 5, 1, 2, 4)
        # The kernel is larger than its step, so it reaches into the next cell below and to the right.
        rows = torch.cat([within[..., :-1, :], within[:, : self.overlap, ..., 1:, :]], 1)
        both = torch.cat([rows[..., :-1], rows[:, :, : self.overlap, ..., 1:]], 2)
        unfolded: torch.Tensor = self.points(both.reshape(-1, self.points.in_channels, cells - 1, cells - 1))
        return unfolded


def export(detector: Detector, file: Path) -> None:
    """Write the detector as ONNX for `face.Encoder`, and check that OpenCV computes what PyTorch does.

    Raises:
        ModelError: it does not.
    """
    detector.eval().to(memory_format=torch.contiguous_format)
    fast = copy.deepcopy(detector)
    fast.student.fine[0] = _Unfolded(detector.student.fine[0])
    part = file.with_suffix(".part")
    with warnings.catch_warnings():
        # The newer exporter needs one more package, and writes newer operators than OpenCV 4 knows.
        warnings.simplefilter("ignore", DeprecationWarning)
        blank = torch.zeros(1, 3, CROP_SIDE, CROP_SIDE)
        torch.onnx.export(fast.eval(), (blank,), str(part), opset_version=_OPSET, dynamo=False)
    crop = np.random.default_rng(0).integers(0, 256, (CROP_SIDE, CROP_SIDE, 3), np.uint8)
    difference = np.abs(Encoder(part).run(crop) - run(detector, crop)).max()
    if not difference < _MAX_DIFFERENCE:
        raise ModelError(
            f"OpenCV's output of {file} differs from PyTorch's by {difference:.2g}; "
            "install the OpenCV of constraints.txt."
        )
    part.replace(file)


def run(detector: Detector, crop: np.ndarray) -> np.ndarray:
    """(16, 16) of a (224, 224, 3) uint8 crop, as `face.Encoder.run`."""
    with torch.no_grad():
        grid: np.ndarray = detector.eval()(to_batch(np.array(crop[None])))[0, 0].numpy()
    return grid


def to_batch(crops: np.ndarray) -> torch.Tensor:
    """(n, 3, 224, 224) float32 of (n, 224, 224, 3) uint8, in the memory layout that convolves fastest."""
    return torch.from_numpy(crops).permute(0, 3, 1, 2).float().contiguous(memory_format=torch.channels_last)
