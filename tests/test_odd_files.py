"""Odd but honest files: each gets one true row, whatever its colours, its name or what it shows."""

from __future__ import annotations

import io
import os
import stat
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pillow_heif
import pytest
from benchmarks import pictures
from conftest import PORTRAIT_A, cropped
from PIL import Image
from test_photo import icc_profile, wide_profile, xyz
from tests.command import stub_checker
from tests.test_photo import STORED_AS

from artifact_check.checking.checker import Checker
from artifact_check.checking.painting import looks_painted
from artifact_check.checking.visibility import hidden_part
from artifact_check.errors import NothingToScanError, PhotoError
from artifact_check.learn.table.dataset import read_dataset
from artifact_check.photo import decode
from artifact_check.scanning.scanner import scan

pillow_heif.register_heif_opener(thumbnails=False)

CONFIDENT = ("likely_ai", "likely_authentic")


@pytest.fixture(scope="module")
def checker():
    with Checker() as checker:
        yield checker


@pytest.fixture(scope="module")
def upright(portrait):
    """The portrait's head and shoulders, 480 px wide, so that all variants are quick."""
    return Image.fromarray(portrait.pixels).crop((180, 0, 660, 560))


@pytest.fixture(scope="module")
def plain(checker, upright):
    report = checker.check_bytes(saved(upright, "PNG"), "plain.png")
    assert report.status == "ok"
    return report


def saved(image, kind, **options):
    buffer = io.BytesIO()
    image.copy().save(buffer, kind, **options)
    return buffer.getvalue()


def adobe_rgb():
    """Adobe RGB (1998): its colorants relative to D50, and a gamma of 2.2."""
    colorants = {b"rXYZ": (0.60974, 0.31111, 0.01947), b"gXYZ": (0.20528, 0.62567, 0.06087),
                 b"bXYZ": (0.14919, 0.06322, 0.74457)}  # fmt: skip
    curve = b"curv\0\0\0\0" + (1).to_bytes(4) + round(256 * 2.2).to_bytes(2)
    tags = {b"wtpt": xyz(0.9642, 1.0, 0.8249), **{name: xyz(*values) for name, values in colorants.items()}}
    return icc_profile(b"RGB ", b"XYZ ", {**tags, **dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve)})


def sixteen_bit(image):
    done, data = cv2.imencode(".png", np.asarray(image)[..., ::-1].astype(np.uint16) * 257)
    assert done
    return data.tobytes()


def same_row(report, plain, *, within):
    """The same photo says the same: one face, the same size, nearly the same score."""
    assert (report.status, report.message) == ("ok", None)
    assert (report.photo.width, report.photo.height) == (plain.photo.width, plain.photo.height)
    assert report.photo.faces == 1
    assert abs(report.authenticity - plain.authenticity) <= within


# --- ways to store the same picture


@pytest.mark.parametrize("orientation", STORED_AS)
def test_a_photo_turned_and_mirrored_by_exif_gives_the_row_of_the_upright_one(checker, upright, plain, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    turn = STORED_AS[orientation]
    data = saved(upright if turn is None else upright.transpose(turn), "PNG", exif=exif)
    same_row(checker.check_bytes(data, "turned.png"), plain, within=0)


EXACT = {
    "sixteen bit": sixteen_bit,
    "alpha": lambda image: saved(image.convert("RGBA"), "PNG"),
    "TIFF": lambda image: saved(image, "TIFF", compression="tiff_lzw"),
    "BMP": lambda image: saved(image, "BMP"),
    "WebP without loss": lambda image: saved(image, "WEBP", lossless=True),
    "animated WebP": lambda image: saved(
        image, "WEBP", lossless=True, save_all=True, append_images=[Image.new("RGB", image.size)]
    ),
}
LOSSY = {
    "JPEG": lambda image: saved(image, "JPEG", quality=95),
    "progressive": lambda image: saved(image, "JPEG", quality=95, progressive=True),
    "CMYK": lambda image: saved(image.convert("CMYK"), "JPEG", quality=95, subsampling=0),
    "HEIC burst": lambda image: saved(
        image, "HEIF", quality=95, save_all=True, append_images=[Image.new("RGB", image.size)]
    ),
    "AVIF": lambda image: saved(image, "AVIF", quality=95),
    "Display P3": lambda image: saved(image, "PNG", icc_profile=wide_profile()),
    "Adobe RGB": lambda image: saved(image, "PNG", icc_profile=adobe_rgb()),
}


@pytest.mark.parametrize("kind", EXACT)
def test_what_keeps_every_pixel_gives_the_same_row(checker, upright, plain, kind):
    same_row(checker.check_bytes(EXACT[kind](upright), kind), plain, within=0)


@pytest.mark.parametrize("kind", LOSSY)
def test_what_changes_pixels_a_little_is_judged(checker, upright, plain, kind):
    same_row(checker.check_bytes(LOSSY[kind](upright), kind), plain, within=30)


@pytest.mark.parametrize("change", [lambda i: i.convert("L"), lambda i: i.quantize(256)], ids=["grey", "palette"])
def test_grey_and_few_colours_are_judged_or_say_why_not(checker, upright, change):
    report = checker.check_bytes(saved(change(upright), "PNG"), "few.png")
    assert report.photo.faces == 1
    assert (report.status == "ok") == (report.message is None)
    assert report.status in ("ok", "not_assessed")


def test_an_arithmetic_coded_jpeg_is_judged(checker):
    """Which Pillow can't write: the public-domain portrait through `jpegtran -arithmetic`."""
    report = checker.check_bytes((Path(__file__).parent / "arithmetic.jpg").read_bytes(), "arithmetic.jpg")
    assert (report.status, report.photo.format, report.photo.faces) == ("ok", "JPEG", 1)


# --- names and places


def rows(*paths, **options):
    return [(Path(report.path).name, report.status) for report in scan(list(paths), **options)]


def test_a_wrong_ending_and_an_upper_case_one(tmp_path, upright):
    for name, kind in (("is_a_png.jpg", "PNG"), ("is_a_jpeg.png", "JPEG"), ("LOUD.JPG", "JPEG"), ("LOUD.HEIC", "HEIF")):
        (tmp_path / name).write_bytes(saved(upright, kind))
    assert sorted(rows(tmp_path)) == sorted((path.name, "ok") for path in tmp_path.iterdir())


def test_empty_files_and_folders_called_like_photos(tmp_path, upright):
    (tmp_path / "empty.jpg").touch()
    (tmp_path / "folder.jpg").mkdir()
    (tmp_path / "folder.jpg" / "inside.png").write_bytes(saved(upright, "PNG"))
    assert sorted(rows(tmp_path)) == [("empty.jpg", "unreadable"), ("inside.png", "ok")]


@pytest.mark.skipif(os.name != "posix", reason="POSIX links")
def test_links_that_go_round_in_circles(tmp_path, upright):
    (tmp_path / "a.png").write_bytes(saved(upright, "PNG"))
    (tmp_path / "up").symlink_to(tmp_path)
    (tmp_path / "round.jpg").symlink_to(tmp_path / "about.jpg")
    (tmp_path / "about.jpg").symlink_to(tmp_path / "round.jpg")
    (tmp_path / "again.png").symlink_to(tmp_path / "a.png")
    assert rows(tmp_path) == [("a.png", "ok")]
    with pytest.raises(NothingToScanError, match="does not exist"):
        rows(tmp_path / "round.jpg")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="POSIX permissions, which root does not feel")
def test_a_file_that_may_not_be_read(tmp_path, upright):
    locked = tmp_path / "locked.png"
    locked.write_bytes(saved(upright, "PNG"))
    locked.chmod(0)
    assert rows(tmp_path) == [("locked.png", "unreadable")]
    locked.chmod(stat.S_IRUSR)


@pytest.mark.skipif(os.name != "posix", reason="names that only POSIX allows")
def test_names_with_line_breaks_stray_bytes_and_of_full_length(tmp_path):
    names = [b"two\nlines.jpg", b"stray \xff byte.jpg", b"n" * 251 + b".jpg", b"-q.jpg", b"'; $(x) & .jpg"]
    for name in names:
        (tmp_path / os.fsdecode(name)).write_bytes(b"no picture")
    found = list(scan(tmp_path))
    assert sorted(os.fsencode(Path(report.path).name) for report in found) == sorted(names)
    assert {report.status for report in found} == {"unreadable"}
    with stub_checker():
        assert [report.path for report in scan(tmp_path, jobs=2)] == [report.path for report in found]


# --- sizes


@pytest.mark.parametrize("size", [(1, 1), (1, 3000), (3000, 1), (30_000, 100)])
def test_sizes_that_no_portrait_has(checker, size):
    report = checker.check_bytes(saved(Image.new("RGB", size, (180, 140, 120)), "PNG"), "odd.png")
    assert (report.status, report.photo.width, report.photo.height) == ("no_face", *size)


def test_more_pixels_than_may_be_decoded(checker):
    report = checker.check_bytes(saved(Image.new("1", (9000, 9000)), "PNG"), "large.png")
    assert report.status == "too_large"
    assert "81 million" in report.message


# --- what is in the picture


def shown(checker, pixels):
    return checker.check_array(np.ascontiguousarray(pixels))


def test_a_picture_without_a_face_says_so(checker):
    report = checker.check_bytes((PORTRAIT_A.parent / "no_face.png").read_bytes(), "no_face.png")
    assert (report.status, report.photo.faces, report.verdict) == ("no_face", 0, None)


def test_the_largest_of_many_faces_is_judged_and_the_row_says_so(checker, upright, other_portrait):
    pair = np.hstack([np.asarray(upright), np.asarray(Image.fromarray(other_portrait.pixels).resize((480, 560)))])
    report = shown(checker, np.hstack([pair, pair[:, :480]]))
    assert report.status == "ok"
    assert report.photo.faces >= 2
    assert any(
        "faces were found; the largest, most central and sharpest was judged" in advice for advice in report.advice
    )


def test_a_photo_on_its_head_is_judged(checker, upright):
    report = shown(checker, np.asarray(upright)[::-1, ::-1])
    assert (report.status, report.photo.faces) == ("ok", 1)


@pytest.mark.parametrize("make", [pictures.masked, pictures.flat_mask], ids=["mask", "painted over"])
def test_a_hidden_mouth_is_not_judged(checker, face, make):
    report = shown(checker, make(face))
    assert (report.status, report.verdict) == ("not_assessed", None)
    assert "the mouth and chin seem to be covered" in report.message


def test_dark_glasses_are_not_judged(checker, face):
    report = shown(checker, pictures.sunglasses(face))
    assert (report.status, report.verdict) == ("not_assessed", None)
    assert "the eyes seem to be covered" in report.message


def test_a_bare_face_is_not_taken_for_covered(face):
    assert hidden_part(face) is None


def test_what_lies_outside_of_the_photo_is_not_taken_for_covered_or_painted(face):
    assert hidden_part(cropped(face, bottom=face.landmarks[14, 1])) is None  # no chin
    below = cropped(face, top=face.landmarks[2, 1])  # no eyes
    assert hidden_part(below) is None
    assert not looks_painted(below)


@pytest.mark.parametrize("make", [pictures.drawing, pictures.edges, pictures.toon, pictures.statue, pictures.halftone])
def test_a_drawing_a_statue_or_a_print_gets_no_confident_verdict(checker, portrait, other_portrait, make):
    for picture in (portrait, other_portrait):
        report = shown(checker, make(picture.pixels))
        assert report.verdict not in CONFIDENT
        warned = any("unlike the photos that the model was made from" in advice for advice in report.advice)
        assert warned or report.status in ("no_face", "face_too_small", "not_assessed")


def stored_smaller(pixels):
    return cv2.resize(pixels, None, fx=0.7, fy=0.7, interpolation=cv2.INTER_AREA)


@pytest.mark.parametrize("store", [np.asarray, stored_smaller])
def test_oil_paint_gets_no_confident_verdict_and_is_told_why(checker, landmarker, portrait, other_portrait, store):
    for picture in (portrait, other_portrait):
        plain, painted = (replace(picture, pixels=store(make(picture.pixels))) for make in (np.copy, pictures.painting))
        assert not looks_painted(landmarker.find(plain))
        assert looks_painted(landmarker.find(painted))
        report = shown(checker, painted.pixels)
        assert report.verdict == "inconclusive"
        assert any("unlike the photos that the model was made from" in advice for advice in report.advice)


def test_a_profile_is_judged_by_what_can_be_seen_or_not_at_all(checker, face):
    """Half of the face is hidden by a wall, which leaves as much to see as a face turned aside."""
    pixels = face.photo.pixels.copy()
    pixels[:, int(face.landmarks[:, 0].mean()) :] = (120, 110, 100)
    report = shown(checker, pixels)
    assert report.verdict not in CONFIDENT


@pytest.mark.long
def test_labelled_faces_are_not_taken_for_covered(shared_data, landmarker):
    """Of one photo of each source; photos that do show sunglasses are not among them."""
    first = {item.source: item for item in reversed(read_dataset(shared_data).items)}
    hidden = []
    for item in first.values():
        try:
            found = landmarker.find(decode(item.path.read_bytes()))
        except PhotoError:
            continue
        if hidden_part(found):
            hidden.append(item.file)
    assert hidden == []
