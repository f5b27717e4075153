"""All benchmarks, about half an hour on two cores.

.venv/bin/python benchmarks > benchmarks/results/DATE.txt
"""

from __future__ import annotations

import os
import platform
import time
from importlib.metadata import version
from pathlib import Path

import psutil
import scale
import speed

from artifact_check.version import __version__


def machine() -> str:
    """The machine that the figures come from: processor, cores, memory, system, versions."""
    cpu = platform.processor()
    listing = Path("/proc/cpuinfo")
    if listing.exists():
        cpu = next(line.split(": ")[1] for line in listing.read_text().splitlines() if line.startswith("model name"))
    packages = ("mediapipe", "numpy", "opencv-python-headless", "pillow", "distributed")
    memory = psutil.virtual_memory().total / 2**30
    return "\n".join(
        (
            f"{time.strftime('%Y-%m-%d')}, artifact-check {__version__}",
            f"{cpu}, {os.cpu_count()} cores, {memory:.0f} GiB, load {os.getloadavg()[0]:.1f} at the start",
            f"{platform.platform()}, Python {platform.python_version()}",
            ", ".join(f"{package} {version(package)}" for package in packages),
        )
    )


if __name__ == "__main__":
    print(machine(), flush=True)
    print("\nOne photo (benchmarks/speed.py)", flush=True)
    speed.main()
    print("\nMany photos (benchmarks/scale.py)", flush=True)
    scale.main()
