"""Measure every promise again, and print its target, its figure and whether it is kept.

    python -m benchmarks.promises DATA > benchmarks/results/promises.md

DATA is a labelled folder, as for `train`. It takes about an hour on two cores and needs an idle machine; each row is
printed as soon as it is measured. Figures of accuracy are those in the shipped bundle: its training scored each source
with a model trained without its cluster.
"""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from artifact_check.shipped import CURRENT, shipped_model

# These scripts import each other by plain names, since they are also run as files.
sys.path.insert(0, str(Path(__file__).parent))

SHIPPED = shipped_model(CURRENT)
DAMAGED, PAGE_PHOTOS, GROWN = 5_000, 5_000, 10_000
ENOUGH = 25  # photos needed to report on a skin tone
PERTURBATIONS = (
    ("iris_moved", "one iris moved by a quarter of its radius"),
    ("iris_shrunk", "one iris 15 % smaller"),
    ("iris_recoloured", "one iris of another colour (15 dE)"),
    ("skin_smoothed", "skin smoothed by a bilateral filter"),
    ("skin_retouched", "skin retouched by frequency separation"),
    ("half_relit", "one half lit from 60 degrees further"),
    ("mouth_moved", "one mouth corner moved by 4 % of the interocular distance"),
    ("brow_moved", "one brow moved by as much"),
)
INNOCENT = ("jpeg_95", "jpeg_85", "jpeg_75", "half_size", "cropped", "rotated", "brighter", "mirrored")


@dataclass(frozen=True, slots=True)
class Promise:
    """What was promised, target and figure as text, and whether the figure meets the target."""

    what: str
    target: str
    figure: str
    kept: bool

    def __str__(self) -> str:
        return f"| {self.what} | {self.target} | {self.figure} | {'kept' if self.kept else '**missed**'} |"


def at_least(what: str, target: float, figure: float, form: str = ".2f") -> Promise:
    return Promise(what, f"at least {target:{form}}", f"{figure:{form}}", figure >= target)


def at_most(what: str, target: float, figure: float, form: str = ".2f", unit: str = "") -> Promise:
    return Promise(what, f"at most {target:{form}}{unit}", f"{figure:{form}}{unit}", figure <= target)


def command(*arguments: str | Path, before: tuple[str, ...] = ()) -> subprocess.CompletedProcess[bytes]:
    """Run `artifact-check`; `before` is a prefix to the command line, such as `unshare -rn`."""
    whole = [*before, sys.executable, "-m", "artifact_check", *arguments]
    return subprocess.run(whole, check=True, capture_output=True)


# --- the main job


def main_job(data: Path, files: int) -> Iterator[Promise]:
    """Scan all photos three times; the third time without a network, if the system allows to cut it off."""
    scan = ("scan", data, "--format", "jsonl", "-q")
    first = command(*scan, "--jobs", "2").stdout
    rows = [json.loads(line) for line in first.splitlines()]
    scored = sum(row["status"] == "ok" for row in rows)
    yield Promise("a row for each labelled photo", f"{files}", f"{len(rows)}", len(rows) == files)
    yield at_least("of these, share with a score", 0.95, scored / len(rows), ".1%")
    yield Promise("two runs give the same bytes", "yes", *_yes(command(*scan, "--jobs", "2").stdout == first))
    offline = ("unshare", "-rn") if shutil.which("unshare") else ()
    same = command(*scan, "--jobs", "1", before=offline).stdout == first
    yield Promise("one job gives them too" + (", with the network cut off" if offline else ""), "yes", *_yes(same))
    times = []
    for _ in range(5):
        start = time.perf_counter()
        command("--help")
        times.append(time.perf_counter() - start)
    yield at_most("`artifact-check --help`", 0.5, statistics.median(times), unit=" s")
    declared = [row for row in rows if row["path"].startswith(f"{data}/real/") and row["verdict"] == "declared_ai"]
    yield Promise("camera photos read as declaring AI", "0", f"{len(declared)}", not declared)


def _yes(so: bool) -> tuple[str, bool]:
    return ("yes" if so else "no"), so


# --- the model


def manifest() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((SHIPPED / "manifest.json").read_text("utf-8"))
    return found


def model() -> Iterator[Promise]:
    figures = manifest()["figures"]
    profile, raw = (figures["conditions"][name] for name in ("profile", "raw"))
    yield at_least("AUC, laundered as by a profile site", 0.90, profile["auc"]["value"])
    yield at_least("TPR at 1 % false alarms, laundered", 0.40, profile["tpr_at_1_percent_fpr"]["value"])
    yield at_least("TPR at 5 % false alarms, laundered", 0.65, profile["tpr_at_5_percent_fpr"]["value"])
    yield at_least("AUC, files as they are", 0.93, raw["auc"]["value"])
    yield at_least("TPR at 1 % false alarms, files as they are", 0.50, raw["tpr_at_1_percent_fpr"]["value"])
    maker, weakest = min(profile["auc_by_maker"].items(), key=lambda pair: pair[1]["value"])
    yield at_least(f"AUC of the weakest maker of generators ({maker})", 0.75, weakest["value"])
    yield at_least("AUC against polished portraits alone", 0.80, profile["auc_against_polished"]["value"])
    yield at_most("AUC from file facts alone (control)", 0.60, figures["control"]["file facts"]["profile"])
    alarms = profile["false_alarms"]
    yield at_most("camera photos called *signs of AI*", 0.010, alarms["all"]["rate"], ".2%")
    yield at_most("polished portraits called so", 0.030, alarms["polished"]["rate"], ".2%")
    tones = {name: tone for name, tone in alarms["by_skin"].items() if tone["photos"] >= ENOUGH}
    name, worst = max(tones.items(), key=lambda pair: pair[1]["rate"])
    limit = 2 * alarms["all"]["rate"] + worst["high"] - worst["rate"]
    yield at_most(f"the skin tone with most of them ({name}), against twice the rate and its interval", limit,
                  worst["rate"], ".1%")  # fmt: skip
    flips = figures["flips"]
    steady = 1 - flips["flipped"] / flips["photos"]
    yield at_least(f"of {flips['photos']} photos, share whose verdict no small change turns round", 0.99, steady, ".1%")
    yield at_most("AI photos called *few signs of AI*", 0.10, profile["verdicts"]["ai"]["likely_authentic"], ".1%")


# --- the cues


def cues(data: Path) -> Iterator[Promise]:
    laboratory = json.loads(command("evaluate", data, "--cue", "all", "--format", "json", "--jobs", "2").stdout)
    measures = [measure for cue in laboratory["cues"] for measure in cue["measures"]]
    for name, title in PERTURBATIONS:
        beyond = [m["perturbed"][name]["beyond"] for m in measures if name in m["moved_by"]]
        best = max((share for share in beyond if share is not None), default=0.0)
        yield at_least(f"{title}: share of photos beyond 95 % of camera photos", 0.80, best)
    keys = {measure["key"] for measure in manifest()["measures"]}
    scored = [measure for measure in measures if measure["key"] in keys]
    for what, sizes in (
        ("largest median shift of a scored measure under innocent changes",
         [m["innocent"][name]["size"] for m in scored for name in INNOCENT]),
        ("largest difference of a scored measure between dark and light skin",
         [abs(m["dark_light"]) for m in scored if m["dark_light"] is not None]),
    ):  # fmt: skip
        yield at_most(what, 0.5, max(size for size in sizes if size is not None), ".3f", " sd")
    without = manifest()["figures"]["cues"]["signal"]["left_out"]["profile"]
    yield at_least("AUC of the cues without `signal`, laundered", 0.72, without)


# --- what files declare


def declared() -> Iterator[Promise]:
    import provenance

    data = provenance.PORTRAIT.read_bytes()
    bare = provenance.milliseconds(provenance.without_metadata(data))
    yield at_most("a photo without markers", 5, bare, unit=" ms")
    yield at_most(f"{provenance.FILES} files through the command", 10, provenance.seconds(data), ".1f", " s")


# --- pages


def pages(data: Path, folder: Path, ratio: float) -> Iterator[Promise]:
    """A page of `PAGE_PHOTOS` rows; it repeats the labelled photos, so that its pictures have a realistic size."""
    yield at_most("200 photos to HTML against JSON lines", 1.30, ratio)
    links = folder / "page"
    links.mkdir()
    photos = sorted(path for path in data.rglob("*") if path.suffix in {".jpg", ".png", ".webp"})
    copies = [Path(shutil.copy(photo, links / f"{number:05}{photo.suffix}")) for number, photo in enumerate(photos)]
    for number in range(len(photos), PAGE_PHOTOS):
        copy = copies[number % len(copies)]
        (links / f"{number:05}{copy.suffix}").hardlink_to(copy)
    page = folder / "page.html"
    command("scan", links, "--store", folder / "page.sqlite", "--format", "html", "--output", page, "-q")
    yield at_most(f"a page of {PAGE_PHOTOS} photos", 60, page.stat().st_size / 1e6, ".0f", " MB")
    yield at_most("its first paint in Chromium", 2, first_paint(page), ".2f", " s")


def first_paint(page: Path) -> float:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"))
        tab = browser.new_page()
        tab.goto(page.as_uri())
        return tab.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime") / 1000


# --- speed


def one_photo() -> Iterator[Promise]:
    import speed

    with speed.worker() as pool:
        ratios = pool.apply(speed.measure)
        steps = pool.apply(speed.steps)["800x800"]
        floor, quarter, _ = pool.apply(speed.floor_against_others)
    small, large = ratios["800x800"], ratios["12 megapixels"]
    yield at_most("a check at 800x800 for a table, against decoding and landmarks", 2.0, small.ratio)
    yield at_most("the same with all that reports can show", 2.0, small.full_ratio)
    yield at_most("a check at 12 megapixels for a table, against decoding and landmarks", 1.7, large.ratio)
    yield at_most("the same at 12 megapixels with all that reports can show", 1.7, large.full_ratio)
    yield at_most("decoding and landmarks at 12 megapixels against the fastest way", 1.1, floor / quarter)
    beside = ("decode", "landmarks", "score", "advice")
    cost = sum(milliseconds for step, milliseconds in steps.items() if step not in beside)
    yield at_most("all cues against landmarks", 1.0, cost / steps["landmarks"])
    (_, _, _, wall), _ = speed.cold_start()
    yield at_most("a cold start against one detection", 2.5, wall)


def many_photos(folder: Path) -> Iterator[Promise]:
    import scale

    engines = scale.engines(folder, folder / "photos")
    yield at_least("2 jobs against one, starts included", 1.8, engines.ratio("1 job", "2 jobs"))
    yield at_most("a store", 1.05, engines.ratio("2 jobs with --store", "2 jobs"), unit=" times")
    yield at_most("Dask with 2 workers against 2 jobs", 1.1, engines.ratio("Dask, 2 workers", "2 jobs"))
    grown = scale.growth(folder, GROWN)
    yield at_most("memory of a worker", 350, max(grown.many.workers.values()), ".0f", " MB")
    yield at_most(f"its growth from photo 200 to {grown.photos - 10}", 0.05, grown.memory_ratio - 1, ".1%")
    yield at_most(f"time a photo of {grown.photos} against 1,000", 1.05, grown.time_ratio)
    yield at_most(
        f"a second scan of {grown.photos} photos that are in the store", 5, grown.resumed.seconds, ".1f", " s"
    )
    yield at_most("memory of the parent over 100,000 rows", 150, scale.rows(folder).parent, ".0f", " MB")


# --- hostile files


def hostile() -> Iterator[Promise]:
    from tests.fuzz.mutate import Mutation, run, watched

    side_effects: list[str] = []
    with watched(side_effects):
        outcome = run([Mutation(9, number) for number in range(DAMAGED)])
    rows, findings = sum(outcome.rows.values()), [*outcome.findings, *side_effects]
    yield Promise(f"rows for {DAMAGED} damaged files", f"{DAMAGED}", f"{rows}", rows == DAMAGED)
    yield Promise("crashes, hangs, prints and files left behind", "0", f"{len(findings)}", not findings)
    yield at_most("the longest of them", 61, outcome.longest[0], ".1f", " s")
    yield at_most("peak memory of a worker", 1000, outcome.peak[0] * 1024 / 1e6, ".0f", " MB")


def sections(data: Path, folder: Path) -> Iterator[tuple[str, Iterator[Promise]]]:
    """Yield each heading with its promises, in the order in which they are measured."""
    import scale

    from artifact_check.learn.table.dataset import read_dataset

    # Timings come first, so that the machine has to be idle for only half of the run.
    yield "One photo", one_photo()
    scale.make_photos(folder / "photos", scale.MANY)
    yield "Pages", pages(data, folder, scale.rendering(folder / "photos"))
    yield "Many photos", many_photos(folder)
    yield "What files declare", declared()
    yield "Hostile files", hostile()
    yield "The main job", main_job(data, len(read_dataset(data).items))
    yield "The model", model()
    yield "The cues", cues(data)


def main() -> None:
    from benchmarks.__main__ import machine

    print(machine().replace("\n", "; "))
    kept = missed = 0
    with tempfile.TemporaryDirectory() as name:
        for heading, promises in sections(Path(sys.argv[1]), Path(name)):
            print(f"\n## {heading}\n\n| promise | target | figure | |\n|---|---|---|---|", flush=True)
            for promise in promises:
                print(promise, flush=True)
                kept, missed = kept + promise.kept, missed + (not promise.kept)
    print(f"\n{kept} of {kept + missed} kept.")


if __name__ == "__main__":
    main()
