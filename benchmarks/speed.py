"""CPU time of a whole check, compared with its floor: decoding and landmarks only.

    .venv/bin/python benchmarks/speed.py

Both decode at the scale that a face needs. A check is measured as `scan` makes it for its table, and in brackets with
all that JSON and pages show: measures that are not scored, and what to draw. It also measures:

- each step on its own;
- the floor against the fastest way to landmarks (OpenCV decodes the JPEG at a quarter of its size) and against
  landmarks on the full-size picture;
- a scan of one photo from a cold start, against importing the same libraries and one detection;
- the memory of a fresh worker process after a run.

What is compared runs in turns, so that ratios hold on a busy machine.
"""

from __future__ import annotations

import io
import multiprocessing
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from artifact_check.scanning.setup import use_one_blas_thread

if TYPE_CHECKING:
    from multiprocessing.pool import Pool

    from artifact_check.cues import Cue
    from artifact_check.face import Face, Landmarker
    from artifact_check.model.bundle import Bundle

ROOT = Path(__file__).parents[1]
PORTRAIT = ROOT / "sample_images" / "portrait_a.jpg"
SIZES = {"800x800": ((800, 800), 60), "12 megapixels": ((3000, 4000), 12), "24 MP HEIC": ((4000, 6000), 5)}
COLD_ROUNDS = 9
ONE_DETECTION = f"""
import cv2, mediapipe, numpy
from mediapipe.tasks.python import BaseOptions, vision
options = vision.FaceLandmarkerOptions(
    base_options=BaseOptions(model_asset_path={str(ROOT / "models" / "face_landmarker.task")!r}), num_faces=5,
    output_face_blendshapes=True, output_facial_transformation_matrixes=True)
pixels = cv2.cvtColor(cv2.imread({str(PORTRAIT)!r}), cv2.COLOR_BGR2RGB)
with vision.FaceLandmarker.create_from_options(options) as landmarker:
    landmarker.detect(mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=pixels))
"""


def encode(name: str) -> bytes:
    """The sample portrait, cropped to head and shoulders and scaled, as a file of quality 90."""
    import numpy as np
    import pillow_heif
    from PIL import Image

    pillow_heif.register_heif_opener()
    size = SIZES[name][0]
    with Image.open(PORTRAIT) as image:
        scaled = image.convert("RGB").crop((130, 0, 780, 650)).resize(size, Image.Resampling.BICUBIC)
    # Noise makes the file as large as a camera's.
    noise = np.random.default_rng(0).normal(0, 3, (size[1], size[0], 3))
    encoded = io.BytesIO()
    format_ = "HEIF" if "HEIC" in name else "JPEG"
    Image.fromarray(np.clip(np.asarray(scaled) + noise, 0, 255).astype(np.uint8)).save(encoded, format_, quality=90)
    return encoded.getvalue()


def in_turn(*functions: Callable[[], object], rounds: int) -> list[list[float]]:
    """CPU milliseconds of functions that are called in turns, `rounds` times each after a warm-up."""
    times: list[list[float]] = [[] for _ in functions]
    for index in range(rounds + 2):
        for function, milliseconds in zip(functions, times, strict=True):
            start = time.process_time()
            function()
            if index >= 2:  # noqa: PLR2004
                milliseconds.append(1000 * (time.process_time() - start))
    return times


def find_face(landmarker: Landmarker, data: bytes) -> Face:
    """Find the face as a check does."""
    from artifact_check.face import DETECTABLE_SIDE
    from artifact_check.photo import decode

    return landmarker.find_in_detail(decode(data, min_side=DETECTABLE_SIDE), partial(decode, data))


@dataclass(frozen=True, slots=True)
class Ratios:
    """Median CPU milliseconds of the floor and of a check, and the median ratio; `full` shows everything."""

    floor: float
    check: float
    ratio: float
    full: float
    full_ratio: float


def measure() -> dict[str, Ratios]:
    """The ratios of each size; runs in a worker process."""
    import cv2

    from artifact_check.checking.checker import Checker
    from artifact_check.face import Landmarker

    cv2.setNumThreads(1)
    found = {}
    with Landmarker() as landmarker, Checker(evidence=False, measures=False) as checker, Checker() as thorough:
        for name, (_, rounds) in SIZES.items():
            data = encode(name)

            def floor(data: bytes = data) -> object:
                return find_face(landmarker, data)

            def check(checker: Checker, data: bytes = data) -> object:
                return checker.check_bytes(data, path="portrait.jpg")

            base, *checks = in_turn(floor, partial(check, checker), partial(check, thorough), rounds=rounds)
            found[name] = Ratios(statistics.median(base), *(each for ms in checks for each in _against(base, ms)))
    return found


def _against(base: list[float], times: list[float]) -> tuple[float, float]:
    """Median, and median ratio."""
    return statistics.median(times), statistics.median(time / floor for floor, time in zip(base, times, strict=True))


def steps() -> dict[str, dict[str, float]]:
    """Median CPU milliseconds of each step by size; runs in a worker process."""
    import cv2

    from artifact_check import cues
    from artifact_check.face import Landmarker
    from artifact_check.model import bundle

    cv2.setNumThreads(1)
    model = bundle.load(None, cues.discover())
    medians: dict[str, dict[str, float]] = {}
    with Landmarker() as landmarker:
        for name, (_, rounds) in SIZES.items():
            data, times = encode(name), {}
            for _ in range(rounds):
                for step, milliseconds in check_in_steps(landmarker, model, data):
                    times.setdefault(step, []).append(milliseconds)
            medians[name] = {step: statistics.median(values) for step, values in times.items()}
    return medians


def check_in_steps(landmarker: Landmarker, model: Bundle, data: bytes) -> Iterator[tuple[str, float]]:
    """Yield (step, CPU milliseconds) for one photo. What cues share is computed first, so that no cue pays for it."""
    from artifact_check import cues
    from artifact_check.checking.advice import advise
    from artifact_check.face import DETECTABLE_SIDE
    from artifact_check.photo import decode

    def timed(step: Callable[[], Any]) -> tuple[Any, float]:
        start = time.process_time()
        result = step()
        return result, 1000 * (time.process_time() - start)

    photo, ms = timed(lambda: decode(data, min_side=DETECTABLE_SIDE))
    yield "decode", ms
    face, ms = timed(lambda: landmarker.find_in_detail(photo, partial(decode, data)))
    yield "landmarks", ms
    _, ms = timed(lambda: compute_shared(face))
    yield "what cues share", ms
    if model.encoder is not None:
        face, ms = timed(partial(model.encoder.describe, face))
        yield "encoder", ms
    values: dict[str, float] = {}
    for cue in cues.discover():
        reading, ms = timed(lambda cue=cue: measure_cue(cue, face))
        values |= reading
        yield cue.name, ms
    _, ms = timed(lambda: model.classifier.score(values, face.skin_tone))
    yield "score", ms
    _, ms = timed(lambda: advise(face))
    yield "advice", ms


def measure_cue(cue: Cue, face: Face) -> dict[str, float]:
    from artifact_check.cues import Abstained

    try:
        return cue.measure(face).all_values()
    except Abstained:  # it took its time all the same
        return {}


def compute_shared(face: Face) -> None:
    """Compute what more than one cue reads."""
    view = face.view(64.0)
    _ = face.coloured, face.effective_resolution, face.normals, view.bands, view.log_bands


def floor_against_others() -> tuple[float, float, float]:
    """Median ms at 12 megapixels: floor, landmarks on a quarter decoded by OpenCV, landmarks on the full size.

    Runs in a worker process.
    """
    import cv2
    import numpy as np

    from artifact_check.face import Landmarker
    from artifact_check.photo import decode, from_array

    cv2.setNumThreads(1)
    data, rounds = encode("12 megapixels"), SIZES["12 megapixels"][1]
    with Landmarker() as landmarker:

        def quarter() -> object:
            small = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_REDUCED_COLOR_4)
            return landmarker.find(from_array(cv2.cvtColor(small, cv2.COLOR_BGR2RGB)))

        floor_ms, quarter_ms = in_turn(lambda: find_face(landmarker, data), quarter, rounds=rounds)
        whole_ms, _ = in_turn(lambda: landmarker.find(decode(data)), quarter, rounds=rounds)
    return statistics.median(floor_ms), statistics.median(quarter_ms), statistics.median(whole_ms)


def cold_start() -> list[tuple[str, float, float, float]]:
    """("wall" or "CPU", one detection in ms, `artifact-check scan` in ms, median ratio), all in fresh processes."""
    commands = [sys.executable, "-c", ONE_DETECTION], [sys.executable, "-m", "artifact_check", "scan", str(PORTRAIT)]
    # An installed package is byte-compiled; a checkout is on its first start, unless this variable forbids it.
    compiled = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    runs: list[list[tuple[float, float]]] = [[], []]
    for index in range(COLD_ROUNDS + 1):
        for command, times in zip(commands, runs, strict=True):
            before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
            subprocess.run(command, check=True, env=compiled, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
            cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            if index:  # the first one may compile and read from a cold disk
                times.append((1000 * wall, 1000 * cpu))
    rows = []
    for kind, name in enumerate(("wall", "CPU")):
        base, scan = ([times[kind] for times in of] for of in runs)
        ratio = statistics.median(s / b for s, b in zip(scan, base, strict=True))
        rows.append((name, statistics.median(base), statistics.median(scan), ratio))
    return rows


def worker_memory() -> float:
    """Peak resident memory in MB of a process that checks 30 photos of 800x800."""
    from artifact_check.checking.checker import Checker

    data = encode("800x800")
    with Checker() as checker:
        for _ in range(30):
            checker.check_bytes(data, path="portrait.jpg")
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def worker() -> Pool:
    """A process with as many threads for NumPy as a scan's workers have: one."""
    return multiprocessing.get_context("spawn").Pool(1, use_one_blas_thread)


def main() -> None:
    with worker() as pool:
        ratios = pool.apply(measure)
        by_step = pool.apply(steps)
        others = pool.apply(floor_against_others)
    with worker() as pool:
        memory = pool.apply(worker_memory)
    print("CPU milliseconds a photo, median; photos a second on one core; ratio check / floor")
    for name, found in ratios.items():
        print(
            f"{name:14} floor {found.floor:6.1f} ms {1000 / found.floor:6.1f}/s   "
            f"check {found.check:6.1f} ms {1000 / found.check:6.1f}/s   ratio {found.ratio:.2f}   "
            f"(all that can be shown: {found.full:.1f} ms, {found.full_ratio:.2f})"
        )
    print(f"\n{'CPU milliseconds a step, median':34}" + "".join(f"{name:>16}" for name in by_step))
    for step in next(iter(by_step.values())):
        print(f"{step:34}" + "".join(f"{of[step]:16.2f}" for of in by_step.values()))
    print(
        "\n12 megapixels  floor {:.1f} ms   landmarks of a quarter {:.1f} ms   of the whole {:.1f} ms".format(*others)
    )
    for name, base_ms, scan_ms, ratio in cold_start():
        print(f"cold start     one detection {base_ms:.0f} ms   scan {scan_ms:.0f} ms ({name})   ratio {ratio:.2f}")
    print(f"peak memory of a worker at 800x800: {memory:.0f} MB")


if __name__ == "__main__":
    main()
