"""One photo under several names: the same bytes, or the same picture saved in another way."""

from __future__ import annotations

import csv
import io
import json
import random
import re
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps
from tests.command import folder, run
from tests.conftest import PORTRAIT_A, PORTRAIT_B, calls_of
from tests.test_report import judged, unjudged, written

from artifact_check.learn.table.dataset import read_dataset
from artifact_check.photo import decode, perceptual_hash
from artifact_check.report.summary import Summary
from artifact_check.results import PhotoReport
from artifact_check.scanning.copies import name_copies
from artifact_check.scanning.scanner import scan


def report(path: str, phash: str | None = None, sha256: str | None = None) -> PhotoReport:
    return PhotoReport(path, "ok", None, sha256=sha256 or path, phash=phash)


def named(reports: list[PhotoReport]) -> list[tuple[str | None, str | None]]:
    return [(found.copy_of, found.similar_to) for found in name_copies(reports)]


# Which photos look the same


def saved(image: Image.Image, kind: str = "JPEG", **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def scaled(image: Image.Image, by: float) -> Image.Image:
    return image.resize((round(image.width * by), round(image.height * by)), Image.Resampling.LANCZOS)


def cropped(image: Image.Image, by: float) -> Image.Image:
    return image.crop((round(by * image.width), 0, image.width, round((1 - by) * image.height)))


def tagged(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


SAME = {
    "JPEG 60": lambda image: saved(image, quality=60),
    "PNG": lambda image: saved(image, "PNG"),
    "WebP": lambda image: saved(image, "WEBP", quality=80),
    "grey": lambda image: saved(image.convert("L"), quality=90),
    "a third of the size": lambda image: saved(scaled(image, 0.3), quality=75),
    "enlarged": lambda image: saved(scaled(image, 1.7), quality=90),
    "cropped by 2 %": lambda image: saved(cropped(image, 0.02), quality=85),
    "lying on its side, with a tag": lambda image: saved(
        image.transpose(Image.Transpose.ROTATE_90),
        exif=b"Exif\0\0II*\0\x08\0\0\0\1\0\x12\1\3\0\1\0\0\0\6\0\0\0\0\0\0\0",
    ),
}
OTHER = {
    "another person": lambda _image: PORTRAIT_B.read_bytes(),
    "mirrored": lambda image: saved(ImageOps.mirror(image)),
    "half of it": lambda image: saved(cropped(image, 0.5)),
}


def look(data: bytes) -> str:
    found = perceptual_hash(decode(data, min_side=300))
    assert found is not None
    assert len(found) == 64
    return found


@pytest.mark.parametrize("change", [*SAME, *OTHER])
def test_the_same_picture_is_known_however_it_is_saved(change):
    with Image.open(PORTRAIT_A) as image:
        other = (SAME | OTHER)[change](image.convert("RGB"))

    _, (copy_of, similar_to) = named([report("a.jpg", look(PORTRAIT_A.read_bytes())), report("b.jpg", look(other))])

    assert (copy_of, similar_to) == (None, "a.jpg" if change in SAME else None)


def test_pictures_of_one_colour_look_like_no_other():
    assert perceptual_hash(decode(saved(Image.new("RGB", (300, 200), "navy"), "PNG"))) is None
    assert named([report("a.jpg"), report("b.jpg")]) == [(None, None)] * 2


def test_a_scan_and_a_check_tell_the_hash():
    (found,) = scan(PORTRAIT_A)

    assert found.phash == found.to_dict()["phash"] == perceptual_hash(decode(PORTRAIT_A.read_bytes(), min_side=960))


@pytest.mark.parametrize("turn", ["ROTATE_90", "ROTATE_180", "ROTATE_270"])
def test_a_copy_that_lies_on_its_side_or_its_head_without_a_tag_is_known(tmp_path, turn):
    with Image.open(PORTRAIT_A) as image:
        (tmp_path / "lying.jpg").write_bytes(saved(image.transpose(Image.Transpose[turn]), quality=90))

    original, lying = scan([PORTRAIT_A, tmp_path / "lying.jpg"])

    assert lying.similar_to == original.path


@pytest.mark.long
def test_labelled_photos_look_like_their_copies_and_no_one_else(shared_data):
    """One photo of each source, and a smaller copy of it."""
    reports = []
    for item in {item.source: item for item in read_dataset(shared_data).items}.values():
        picture = decode(item.path.read_bytes())
        small = saved(scaled(Image.fromarray(picture.pixels), 0.5), quality=70)
        reports += [report(item.file, perceptual_hash(picture)), report(f"{item.file} small", look(small))]

    found = [(each.path, each.similar_to) for each in name_copies(reports)]

    assert len(found) > 200
    wrong = [pair for pair in found if pair[1] not in (None, pair[0].removesuffix(" small"))]
    assert len(wrong) <= 1  # two men, framed and lit alike
    assert sum(other is not None for _, other in found) >= 0.99 * len(found) / 2


# Naming


def with_flipped(bits: str, *numbers: int) -> str:
    return f"{int(bits, 16) ^ sum(1 << 255 - number for number in numbers):064x}"


BASE = "9c" * 32


def test_the_most_similar_earlier_photo_is_named_and_of_several_the_first():
    far, near = with_flipped(BASE, *range(100, 150)), with_flipped(BASE, *range(100, 110))
    reports = [report("far", far), report("near", near), report("again", near), report("it", BASE)]

    assert named(reports) == [(None, None), (None, "far"), (None, "near"), (None, "near")]


@pytest.mark.parametrize(
    ("flipped", "same"),
    [
        (range(64, 124), True),
        (range(64, 125), False),  # 61 of all
        (range(0, 64, 10), True),
        (range(0, 64, 8), False),  # 8 of the coarse ones
    ],
)
def test_where_the_limits_are(flipped, same):
    assert named([report("a", BASE), report("b", with_flipped(BASE, *flipped))])[1][1] == ("a" if same else None)


def test_the_first_photo_with_the_same_bytes_is_named():
    reports = [report("a", BASE, "1"), report("b", BASE, "2"), report("c", BASE, "2"), report("d", None, "1")]
    reports += [replace(report("e"), sha256=None), replace(report("f"), sha256=None)]

    assert named(reports) == [(None, None), (None, "a"), ("b", None), ("a", None), (None, None), (None, None)]


def test_only_the_latest_photos_are_remembered():
    far, near = with_flipped(BASE, *range(100, 150)), with_flipped(BASE, *range(100, 110))
    photos = [("a", far), ("b", near), ("c", near), ("d", "0" * 64), ("e", "f" * 64), ("f", near), ("g", near)]
    reports = [report(path, look) for path, look in photos]

    assert [each.similar_to for each in name_copies(reports, looks=2)] == [None, "a", "b", None, None, None, "f"]
    assert [each.similar_to for each in name_copies(reports, looks=3)] == [None, "a", "b", None, None, "b", "b"]

    reports = [report(path, None, digest) for path, digest in zip("abcdefg", "1213214", strict=True)]

    assert [each.copy_of for each in name_copies(reports, digests=2)] == [None, None, "a", None, "b", None, None]
    assert [each.copy_of for each in name_copies(reports, digests=3)] == [None, None, "a", None, "b", "a", None]


@given(st.lists(st.tuples(st.integers(0, 3), st.sets(st.integers(0, 255), max_size=12)), max_size=30))
def test_none_is_missed_that_comparing_each_with_each_finds(photos):
    centres = [BASE, with_flipped(BASE, 0, 17, 34, 51), "0" * 64, with_flipped("0" * 64, *range(5))]
    hashes = [with_flipped(centres[number], *flipped) for number, flipped in photos]

    def expected(number: int) -> str | None:
        found = []
        for other in range(number):
            different = int(hashes[number], 16) ^ int(hashes[other], 16)
            if different.bit_count() <= 60 and (different >> 192).bit_count() <= 7:
                found.append((different.bit_count(), other))
        return str(min(found)[1]) if found else None

    reports = [report(str(number), phash) for number, phash in enumerate(hashes)]
    assert [similar_to for _, similar_to in named(reports)] == [expected(number) for number in range(len(hashes))]


@pytest.mark.parametrize("looks", [8000, 1])
def test_a_photo_costs_no_more_among_many(looks):
    bits = random.Random(5)  # noqa: S311 - no secret
    hashes = [f"{bits.getrandbits(256):064x}" for _ in range(looks)]
    reports = [report(str(number), hashes[number % looks]) for number in range(8000)]

    few, many = (calls_of(lambda count=count: named(reports[:count])) / count for count in (1000, 8000))

    assert many < 1.1 * few


# Folders, archives and stores


@pytest.fixture
def photos(tmp_path) -> Path:
    """A folder with a copy in it, and its zip."""
    found = folder(tmp_path / "photos", "inconclusive-1.jpg", "likely_ai-2.jpg", "no_face-3.jpg")
    (found / "inconclusive-9.jpg").write_bytes((found / "inconclusive-1.jpg").read_bytes())
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as archive:
        for path in sorted(found.iterdir()):
            archive.write(path, path.name)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("stored", [False, True])
def test_a_folder_and_its_zip_are_counted_once(photos, tmp_path, stored):
    archive = photos.with_suffix(".zip")
    store = ["--store", tmp_path / "store.sqlite"] if stored else []
    command = "scan", photos, archive, "--format", "json", *store

    runs = [run(*command), run(*command)]
    if stored:
        runs.append(run("report", *store, "--format", "json"))

    first, copy = str(photos / "inconclusive-1.jpg"), str(photos / "inconclusive-9.jpg")
    for done in runs:
        document = json.loads(done.stdout)
        copies = {row["path"]: row["copy_of"] for row in document["photos"]}
        assert copies == {
            first: None,
            copy: first,
            **{str(photos / name): None for name in ("likely_ai-2.jpg", "no_face-3.jpg")},
            **{f"{archive}/{name}": str(photos / name) for name in ("likely_ai-2.jpg", "no_face-3.jpg")},
            **{f"{archive}/{Path(name).name}": first for name in (first, copy)},
        }
        assert (document["summary"]["photos"], document["summary"]["copies"]) == (3, 5)
        assert document["summary"]["verdicts"]["inconclusive"] == 1
        summary = "3 photos: signs of AI 1, inconclusive 1, no face found 1. 5 more files are copies."
        assert done.stderr.splitlines()[0] == summary


@pytest.mark.slow
def test_declarations_name_copies_too(photos):
    table = run("provenance", photos, COLUMNS="200")
    rows = list(csv.DictReader(io.StringIO(run("provenance", photos, "--format", "csv").stdout)))

    assert "(same file: inconclusive-1.jpg)" in table.stdout
    assert "1 more file is a copy." in table.stdout
    assert [row["copy_of"] for row in rows] == ["", str(photos / "inconclusive-1.jpg"), "", ""]


# Reports for people


def listed() -> list[PhotoReport]:
    copy = unjudged("no_face", "x/copy.jpg", verdict="declared_ai", copy_of="x/camera.jpg")
    return [
        judged("x/ai.jpg", "likely_ai"),
        judged("x/camera.jpg", "likely_authentic"),
        judged("x/unclear.jpg", "inconclusive"),
        judged("x/like_ai.jpg", "likely_authentic", similar_to="x/ai.jpg"),
        copy,
    ]


def test_tables_and_pages_put_together_what_looks_the_same_the_most_urgent_first(monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    shown = ["copy.jpg", "camera.jpg", "ai.jpg", "like_ai.jpg", "unclear.jpg"]
    table, page = written("table", listed()), written("html", listed())

    lines = [line.split()[0] for line in table.splitlines() if line.split()[:1] and line.split()[0] in shown]
    assert lines == ["camera.jpg", "copy.jpg", "ai.jpg", "like_ai.jpg", "unclear.jpg"]
    assert sorted(lines, key=lambda name: page.index(f"<bdi>{name}</bdi></a>")) == lines
    assert re.search(r"like_ai.jpg .*; looks like: ai.jpg", table)
    assert re.search(r"copy.jpg .* same file: camera.jpg; ", table)
    assert "looks like: <bdi>ai.jpg</bdi>" in page
    assert "same file: <bdi>camera.jpg</bdi>" in page


def test_a_copy_counts_for_fail_on_and_for_nothing_else():
    summary = Summary()
    for each in listed():
        summary = summary.plus(each)

    assert (summary.photos, summary.verdicts["declared_ai"]) == (4, 0)
    assert summary.has_any(frozenset({"declared_ai"}))


@pytest.mark.parametrize("format_", ["csv", "json", "jsonl", "parquet"])
def test_data_names_the_other_photo(format_):
    text = written(format_, [judged("x/\udcff.jpg"), judged("b.jpg", copy_of="x/\udcff.jpg", phash=BASE)])

    if format_ == "csv":
        assert [row["copy_of"] for row in csv.DictReader(io.StringIO(text))] == ["", "x/\\udcff.jpg"]
    else:
        assert text.count("udcff") == 2
        assert BASE in text
