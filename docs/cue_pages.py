"""A page for each cue: its docstring, its measures, what it sees on a sample picture, and any notes in `docs/cues/`."""

from __future__ import annotations

import importlib
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from markdown_text import cell, escaped
from PIL import Image

from artifact_check import cues
from artifact_check.checking.checker import Checker
from artifact_check.report.explain.explanation import build_explanation
from artifact_check.sources.local import LocalFile

if TYPE_CHECKING:
    from artifact_check.cues import Cue
    from artifact_check.report.explain.explanation import Chapter

_SAMPLES = Path(__file__).parents[1] / "sample_images"
_NOTES = Path(__file__).parent / "cues"
_SHOWN = ("portrait_a.jpg", "portrait_b.jpg", "eye_moved.jpg", "half_relit.jpg", "skin_smoothed.jpg")
_SUGGESTS = {"artificial": "looks AI-made", "natural": "looks camera-made", "either": "either end is unusual"}
_INTRODUCTION = (
    "A cue is one thing to look at in a face. Each page gives the physical fact behind it, how it is measured, and "
    "which innocent causes look the same."
)


def pages() -> dict[str, str | bytes]:
    """All pages and pictures of `cues/`, by their paths in the site."""
    examples = _examples()
    files: dict[str, str | bytes] = {"cues/index.md": _index()}
    for cue in cues.discover():
        sample, chapter = examples[cue.name]
        encoded = io.BytesIO()
        if chapter.picture is not None:
            chapter.picture.save(encoded, "WEBP", quality=80)
            files[f"cues/{cue.name}.webp"] = encoded.getvalue()
        files[f"cues/{cue.name}.md"] = "\n".join(_page(cue, sample, chapter))
    return files


def _examples() -> dict[str, tuple[str, Chapter]]:
    """For each cue the sample picture that shows most of it: the picture's name, and its chapter of the report."""
    chapters: dict[str, list[tuple[str, Chapter]]] = {}
    with Checker() as checker:
        for sample in _SHOWN:
            report, photo = checker.examine(LocalFile(_SAMPLES / sample))
            picture = None if photo is None else Image.fromarray(photo.pixels)
            for name, chapter in build_explanation(report, picture).by_cue.items():
                chapters.setdefault(name, []).append((sample, chapter))
    return {name: max(examples, key=_interest) for name, examples in chapters.items()}


def _interest(example: tuple[str, Chapter]) -> tuple[bool, float, int]:
    _, chapter = example
    return chapter.picture is not None, chapter.cue.contribution or 0.0, sum(e.unusual for e in chapter.entries)


def _index() -> str:
    rows = [
        f"| [{cue.name}]({cue.name}.md) | {cell(_title(cue))} | {len(cue.measures)} | {_scored(cue)} |"
        for cue in cues.discover()
    ]
    return "\n".join(
        (
            "# The cues",
            "",
            _INTRODUCTION,
            "",
            "| cue | what it asks | measures | moves the score |",
            "|---|---|---|---|",
            *rows,
            "",
        )
    )


def _scored(cue: Cue) -> str:
    scored = sum(measure.scored for measure in cue.measures)
    return f"{scored} of them" if scored else "no, for information"


def _docstring(cue: Cue) -> str:
    # A new cue may not have a docstring yet.
    return importlib.import_module(cue.measure.__module__).__doc__ or cue.title


def _title(cue: Cue) -> str:
    return " ".join(_docstring(cue).split("\n\n")[0].split())


def _page(cue: Cue, sample: str, chapter: Chapter) -> Iterator[str]:
    yield f"# {cue.title} (`{cue.name}`)\n\n{escaped(_title(cue))}\n\n## On a sample picture\n"
    yield from _example(cue, sample, chapter)
    yield from map(_paragraph, _docstring(cue).strip().split("\n\n")[1:])
    yield "## What is measured\n\n| measure | name | meaning | unit | range | a high value | moves the score |"
    yield "|---|---|---|---|---|---|---|"
    for m in cue.measures:
        scored = "yes" if m.scored else "no"
        yield (
            f"| `{m.key}` | {m.name} | {cell(m.sentence)} | {cell(m.unit)} | {m.low:g} to {m.high:g} "
            f"| {_SUGGESTS[m.suggests]} | {scored} |"
        )
    if cue.learned:
        yield (
            "\nMeasures with *learned* in their name come from the model's "
            "[encoder](../../src/artifact_check/face/encoder.py): the mean log-odds of AI over a region."
        )
    links = [f"[{path}](../../src/artifact_check/cues/{path})" for path in _code(cue)]
    yield f"\nIts code: {', '.join(links)}.\n"
    if (notes := _NOTES / f"{cue.name}.md").is_file():
        yield re.sub(r"^(?=#)", "#", notes.read_text("utf-8"), flags=re.MULTILINE)  # under this page's title


def _code(cue: Cue) -> list[str]:
    """The files of a cue, as paths from the folder of all cues."""
    here = Path(cues.__file__).parent
    own = here / f"{cue.name}.py"
    paths = [own] if own.is_file() else sorted((here / cue.name).glob("*.py"))
    return [path.relative_to(here).as_posix() for path in paths]


def _example(cue: Cue, sample: str, chapter: Chapter) -> Iterator[str]:
    if chapter.picture is not None:
        yield f"![What the cue {cue.name} looked at on {sample}]({cue.name}.webp)\n"
    yield f"[{sample}](../../sample_images/README.md), which no AI made. {escaped(chapter.cue.summary)}\n"
    for entry in chapter.entries:
        yield f"- **{entry.mark.number}**  {escaped(entry.sentence)} {escaped(entry.comparison)}".rstrip()
    yield ""


def _paragraph(text: str) -> str:
    """One paragraph of a docstring as Markdown: "Region: ..." becomes a heading, lines indented by four a list."""
    lead, *items = re.split(r"\n {4}(?! )", text)
    head = re.match(r"([A-Z][a-z]+(?: [a-z]+){0,2}):\s*", lead)
    body = lead[head.end() :] if head else lead
    lines = [] if head is None else [f"## {head[1]}", ""]
    body = " ".join(body.split())
    lines += [escaped(body[:1].upper() + body[1:]), ""]
    lines += [f"- {escaped(' '.join(item.split()))}" for item in items]
    return "\n".join((*lines, ""))
