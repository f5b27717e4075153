"""How far simple evasions move the score, and which verdicts drawings, prints and covered faces get.

    python -m benchmarks.evasion DATA [--photos 60] [--seed 1]

Both tables use the same photos of each label, spread over the sources. The model was trained on them, so only the
movement of the score counts, not its level.
"""

from __future__ import annotations

import argparse
import collections
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from benchmarks import pictures

from artifact_check.checking.checker import Checker
from artifact_check.errors import PhotoError
from artifact_check.face import Face, Landmarker
from artifact_check.learn.laboratory import innocent
from artifact_check.learn.table.dataset import Item, read_dataset
from artifact_check.photo import decode
from artifact_check.results import PhotoReport

Change = Callable[[np.ndarray], np.ndarray]


def add_noise(pixels: np.ndarray, spread: float, size: float = 0.0) -> np.ndarray:
    """Add noise of `spread` levels; with `size`, grey grain of that many px, strongest in the mid-tones as on film."""
    noise = np.random.default_rng(1).normal(0, 1, pixels.shape[:2] if size else pixels.shape).astype(np.float32)
    if size:
        noise = cv2.GaussianBlur(noise, (0, 0), size)
        luma = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY) / 255.0
        noise = (noise / noise.std() * 4 * luma * (1 - luma))[..., None]
    return np.clip(pixels + spread * noise, 0, 255).astype(np.uint8)


def sharpen(pixels: np.ndarray) -> np.ndarray:
    blurred = cv2.GaussianBlur(pixels, (0, 0), 1.2)
    return cv2.addWeighted(pixels, 1.8, blurred, -0.8, 0)


def rephotograph(pixels: np.ndarray) -> np.ndarray:
    """A photo of a screen: slight perspective, a soft lens, 2 % moiré, noise, and JPEG from the camera."""
    height, width = pixels.shape[:2]
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    moved = corners + np.array([(0.02, 0.01), (-0.01, 0.02), (-0.02, -0.01), (0.015, -0.02)], np.float32) * width
    screen = cv2.warpPerspective(pixels, cv2.getPerspectiveTransform(corners, moved), (width, height))
    screen = cv2.GaussianBlur(screen, (0, 0), 0.9).astype(np.float32)
    rows, columns = np.mgrid[:height, :width]
    screen *= 1 + 0.02 * np.sin(2 * np.pi * (rows * 0.31 + columns * 0.27))[..., None]
    return innocent.recode(add_noise(np.clip(screen * 0.95, 0, 255).astype(np.uint8), 2.5), quality=88)


def warm_up(pixels: np.ndarray) -> np.ndarray:
    return np.clip(pixels * np.array([1.08, 1.0, 0.85]), 0, 255).astype(np.uint8)


EVASIONS: dict[str, Change] = {
    "noise of 6 levels": partial(add_noise, spread=6.0),
    "blur of 1 px": partial(innocent.blur, sigma=1.0),
    "photographed off a screen (simulated)": rephotograph,
    "10 % cropped off each edge": partial(innocent.crop, share=0.1),
    "scaled up 1.5 times": partial(innocent.resize, factor=1.5, interpolation=cv2.INTER_CUBIC),
    "metadata stripped": lambda pixels: pixels,
    "sharpened": sharpen,
    "film grain": partial(add_noise, spread=8.0, size=0.8),
    "JPEG 50": partial(innocent.recode, quality=50),
    "warm colour cast": warm_up,
}
STYLES: dict[str, Callable[[Face], np.ndarray]] = {
    "mask over mouth and chin": pictures.masked,
    "lower half painted over": pictures.flat_mask,
    "dark glasses": pictures.sunglasses,
    "pencil drawing": lambda face: pictures.drawing(face.photo.pixels),
    "outlines alone": lambda face: pictures.edges(face.photo.pixels),
    "cartoon filter": lambda face: pictures.toon(face.photo.pixels),
    "oil paint filter": lambda face: pictures.painting(face.photo.pixels),
    "oil paint filter, brush": lambda face: pictures.brush(face.photo.pixels),
    "median of 9 px": lambda face: pictures.median(face.photo.pixels),
    "watercolour filter": lambda face: pictures.watercolour(face.photo.pixels),
    "smoothed, edges kept": lambda face: pictures.smoothed(face.photo.pixels),
    "colour pencil": lambda face: pictures.crayon(face.photo.pixels),
    "posterised to 8 tones": lambda face: pictures.posterised(face.photo.pixels),
    "marble statue": lambda face: pictures.statue(face.photo.pixels),
    "halftone print": lambda face: pictures.halftone(face.photo.pixels),
    "screenshot": lambda face: pictures.screenshot(face.photo.pixels),
}


def spread_over_sources(items: list[Item], count: int, rng: np.random.Generator) -> list[Item]:
    """`count` photos in random order, taking one from each source in turn."""
    by_source: dict[str, list[Item]] = collections.defaultdict(list)
    for index in rng.permutation(len(items)):
        by_source[items[index].source].append(items[index])
    in_turn = [item for turn in range(len(items)) for group in by_source.values() for item in group[turn : turn + 1]]
    return in_turn[:count]


def faces(items: list[Item], landmarker: Landmarker) -> Iterator[tuple[Item, Face]]:
    for item in items:
        try:
            yield item, landmarker.find(decode(item.path.read_bytes()))
        except PhotoError:
            continue


def report_of(checker: Checker, pixels: np.ndarray) -> PhotoReport:
    return checker.check_array(np.ascontiguousarray(pixels))


def evasions(chosen: list[Item], checker: Checker, landmarker: Landmarker) -> None:
    print("| change | camera: score moves | 90 % within | signs of AI | AI: score moves | 90 % within | signs of AI |")
    print("|---|---|---|---|---|---|---|")
    moves: dict[tuple[str, bool], list[float]] = collections.defaultdict(list)
    alarms: collections.Counter[tuple[str, bool]] = collections.Counter()
    totals: collections.Counter[tuple[str, bool]] = collections.Counter()
    for item, face in faces(chosen, landmarker):
        before = report_of(checker, face.photo.pixels)
        if before.authenticity is None:
            continue
        for name, change in {"unchanged": lambda pixels: pixels, **EVASIONS}.items():
            after, key = report_of(checker, change(face.photo.pixels)), (name, item.is_ai)
            totals[key] += 1
            alarms[key] += after.verdict == "likely_ai"
            if after.authenticity is not None:
                moves[key].append(after.authenticity - before.authenticity)
    for name in ("unchanged", *EVASIONS):
        cells = [
            _moved(moves[name, is_ai]) + f" | {alarms[name, is_ai]} of {totals[name, is_ai]}" for is_ai in (False, True)
        ]
        print(f"| {name} | {' | '.join(cells)} |")


def _moved(values: list[float]) -> str:
    if not values:
        return "- | -"
    low, high = np.percentile(values, [5, 95])
    return f"{np.mean(values):+.1f} | {low:+.0f} to {high:+.0f}"


def styles(chosen: list[Item], checker: Checker, landmarker: Landmarker) -> None:
    head = ("made from the photo", "not judged", "inconclusive", "few signs of AI", "signs of AI: camera", "AI")
    print(f"| {' | '.join(head)} |")
    print("|---|---|---|---|---|---|")
    counts: dict[tuple[str, bool], collections.Counter[str | None]] = collections.defaultdict(collections.Counter)
    styled = {"nothing: the photo itself": lambda face: face.photo.pixels, **STYLES}
    for item, face in faces(chosen, landmarker):
        for name, make in styled.items():
            counts[name, item.is_ai][report_of(checker, make(face)).verdict] += 1
    for name in styled:
        camera, ai = counts[name, False], counts[name, True]
        both = camera + ai
        shares = [f"{both[key] / both.total():.0%}" for key in (None, "inconclusive", "likely_authentic")]
        alarms = [f"{verdicts['likely_ai']} of {verdicts.total()}" for verdicts in (camera, ai)]
        print(f"| {name} | {' | '.join((*shares, *alarms))} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("data", type=Path, help="a labelled folder, as for `train`")
    parser.add_argument("--photos", type=int, default=60, help="number of photos of each label")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    items, rng = list(read_dataset(chosen.data).items), np.random.default_rng(chosen.seed)
    sample = [
        item
        for is_ai in (False, True)
        for item in spread_over_sources([i for i in items if i.is_ai == is_ai], chosen.photos, rng)
    ]
    with Checker() as checker, Landmarker() as landmarker:
        evasions(sample, checker, landmarker)
        print()
        styles(sample, checker, landmarker)


if __name__ == "__main__":
    main()
