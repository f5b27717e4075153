"""Time to read provenance: milliseconds per photo, with and without metadata, and seconds per 1,000 files.

.venv/bin/python benchmarks/provenance.py
"""

from __future__ import annotations

import io
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from PIL import Image

from artifact_check.provenance import read

PORTRAIT = Path(__file__).parents[1] / "sample_images" / "portrait_a.jpg"
FILES = 1000


def milliseconds(data: bytes, rounds: int = 300) -> float:
    read(data)
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        read(data)
        times.append(1000 * (time.perf_counter() - start))
    return statistics.median(times)


def without_metadata(data: bytes) -> bytes:
    with Image.open(io.BytesIO(data)) as image:
        encoded = io.BytesIO()
        Image.frombytes(image.mode, image.size, image.tobytes()).save(encoded, "JPEG", quality=90)
    return encoded.getvalue()


def seconds(data: bytes) -> float:
    with tempfile.TemporaryDirectory() as folder:
        for number in range(FILES):
            (Path(folder) / f"{number:04}.jpg").write_bytes(data)
        start = time.perf_counter()
        command = [sys.executable, "-m", "artifact_check", "provenance", folder, "--format", "jsonl", "--quiet"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        return time.perf_counter() - start


def main() -> None:
    data = PORTRAIT.read_bytes()
    print(f"a photo of {len(data) / 1e6:.1f} MB with a camera's EXIF, XMP and a thumbnail: {milliseconds(data):.2f} ms")
    print(f"the same without any of them: {milliseconds(without_metadata(data)):.2f} ms")
    print(f"{FILES} of them through the command: {seconds(data):.1f} s")


if __name__ == "__main__":
    main()
