"""Milliseconds of CPU and photos a second: the floor (decode and landmarks alone) against the whole check.

    .venv/bin/python benchmarks/speed.py

Also all cues against the landmarks. What is compared is measured in turn in one process, so that the ratio holds on a
noisy machine. Memory is that of a fresh worker process after a run.
"""

from __future__ import annotations

import io
import multiprocessing
import resource
import statistics
import time
from collections.abc import Callable
from pathlib import Path

PORTRAIT = Path(__file__).parents[1] / "sample_images" / "portrait_a.jpg"
SIZES = {"800x800": ((800, 800), 60), "12 megapixels": ((3000, 4000), 12)}


def encode(size: tuple[int, int]) -> bytes:
    """A JPEG of quality 90: the sample portrait, cropped to its head and shoulders and scaled to `size`."""
    import numpy as np
    from PIL import Image

    with Image.open(PORTRAIT) as image:
        scaled = image.convert("RGB").crop((130, 0, 780, 650)).resize(size, Image.Resampling.BICUBIC)
    # Some noise, so that the file is as heavy as a camera's.
    noise = np.random.default_rng(0).normal(0, 3, (size[1], size[0], 3))
    encoded = io.BytesIO()
    Image.fromarray(np.clip(np.asarray(scaled) + noise, 0, 255).astype(np.uint8)).save(encoded, "JPEG", quality=90)
    return encoded.getvalue()


def in_turn(first: Callable[[], object], second: Callable[[], object], rounds: int) -> tuple[list[float], list[float]]:
    """CPU milliseconds of two functions, called one after the other `rounds` times after a warm-up."""
    times: tuple[list[float], list[float]] = ([], [])
    for index in range(rounds + 2):
        for function, taken in zip((first, second), times, strict=True):
            start = time.process_time()
            function()
            if index >= 2:  # noqa: PLR2004
                taken.append(1000 * (time.process_time() - start))
    return times


def measure() -> list[tuple[str, float, float, float]]:
    """(size, floor ms, check ms, ratio of medians) for each size; runs in a worker process."""
    import cv2

    from artifact_check.checker import Checker
    from artifact_check.face import Landmarker
    from artifact_check.photo import decode

    cv2.setNumThreads(1)
    rows = []
    with Landmarker() as landmarker, Checker() as checker:
        for name, (size, rounds) in SIZES.items():
            data = encode(size)

            def floor(data: bytes = data) -> object:
                return landmarker.find(decode(data))

            def check(data: bytes = data) -> object:
                return checker.check_bytes(data, path="portrait.jpg")

            floor_ms, check_ms = in_turn(floor, check, rounds)
            medians = statistics.median(floor_ms), statistics.median(check_ms)
            rows.append((name, *medians, statistics.median(c / f for f, c in zip(floor_ms, check_ms, strict=True))))
    return rows


def cues_against_landmarks() -> tuple[float, float]:
    """(landmarks ms, cues ms) at 800x800, medians; runs in a worker process."""
    import cv2

    from artifact_check import cues
    from artifact_check.face import Landmarker
    from artifact_check.photo import decode

    cv2.setNumThreads(1)
    size, rounds = SIZES["800x800"]
    photo = decode(encode(size))
    with Landmarker() as landmarker:
        landmarks, both = in_turn(
            lambda: landmarker.find(photo), lambda: cues.measure(landmarker.find(photo), strict=True), rounds
        )
    return statistics.median(landmarks), statistics.median(b - a for a, b in zip(landmarks, both, strict=True))


def worker_memory() -> float:
    """Peak resident memory in MB of a process that has checked 30 photos of 800x800."""
    from artifact_check.checker import Checker

    data = encode(SIZES["800x800"][0])
    with Checker() as checker:
        for _ in range(30):
            checker.check_bytes(data, path="portrait.jpg")
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        rows = pool.apply(measure)
        landmarks_ms, cues_ms = pool.apply(cues_against_landmarks)
    with context.Pool(1) as pool:
        memory = pool.apply(worker_memory)
    print("CPU milliseconds a photo, median; photos a second on one core; ratio check / floor")
    for name, floor_ms, check_ms, ratio in rows:
        print(
            f"{name:14} floor {floor_ms:6.1f} ms {1000 / floor_ms:6.1f}/s   "
            f"check {check_ms:6.1f} ms {1000 / check_ms:6.1f}/s   ratio {ratio:.2f}"
        )
    print(
        f"800x800        landmarks {landmarks_ms:.1f} ms   all cues {cues_ms:.1f} ms   "
        f"ratio {cues_ms / landmarks_ms:.2f}"
    )
    print(f"peak memory of a worker at 800x800: {memory:.0f} MB")


if __name__ == "__main__":
    main()
