"""Photos much larger than a cue needs: decoded at a smaller scale, judged alike, and reported in their own pixels."""

from __future__ import annotations

import io
from contextlib import nullcontext
from functools import partial

import cv2
import numpy as np
import pytest
from PIL import Image, ImageCms

from artifact_check import check
from artifact_check.checking.checker import Checker
from artifact_check.errors import FaceTooSmallError, UnreadableError
from artifact_check.face import DETECTABLE_SIDE
from artifact_check.photo import Photo, decode, from_array, preview, thumbnail

LOSSLESS = {"PNG": {"compress_level": 1}, "WEBP": {"lossless": True, "method": 0}, "TIFF": {}}


@pytest.fixture(scope="module")
def large(portrait):
    """3900 x 4500 pixels: head and shoulders of portrait_a, six times as large."""
    return cv2.resize(portrait.pixels[:750, 130:780], None, fx=6, fy=6, interpolation=cv2.INTER_CUBIC)


@pytest.fixture(scope="module")
def file(large):
    return encoded(large)


@pytest.fixture(scope="module")
def checker():
    with Checker(previews=True) as checker:
        yield checker


def encoded(pixels, name="JPEG", **options) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(
        stream, name, **({"quality": 95, "subsampling": 0} if name == "JPEG" else {}), **options
    )
    return stream.getvalue()


def framed(portrait, side):
    """The portrait in the middle of a grey square."""
    canvas = np.full((side, side, 3), 128, np.uint8)
    top, left = (side - portrait.height) // 2, (side - portrait.width) // 2
    canvas[top : top + portrait.height, left : left + portrait.width] = portrait.pixels
    return canvas


class TestDecoding:
    @pytest.mark.parametrize(
        ("min_side", "factor"), [(None, 1), (2251, 1), (2250, 2), (1126, 2), (1125, 4), (563, 4), (562, 8), (9, 8)]
    )
    def test_the_longer_side_keeps_what_was_asked_for(self, file, large, min_side, factor):
        photo = decode(file, min_side=min_side)
        assert photo.pixels.shape == (-(-large.shape[0] // factor), -(-large.shape[1] // factor), 3)
        assert photo.stored_size == (3900, 4500)
        assert photo.reduction == pytest.approx(factor, rel=0.01)

    @pytest.mark.parametrize("factor", [2, 4, 8])
    def test_it_is_the_whole_picture_made_smaller(self, large, factor):
        data = encoded(large[:1600, :1600])
        whole, reduced = decode(data).pixels, decode(data, min_side=1600 / factor).pixels
        expected = cv2.resize(whole, reduced.shape[1::-1], interpolation=cv2.INTER_AREA)
        assert cv2.absdiff(reduced, expected).mean() < 1.0

    @pytest.mark.parametrize("name", LOSSLESS)
    def test_no_format_is_told_from_another(self, large, name):
        other = decode(encoded(large[:1500, :1500], name, **LOSSLESS[name]), min_side=300)
        of_jpeg = decode(encoded(large[:1500, :1500]), min_side=300)
        assert other.stored_size == of_jpeg.stored_size
        assert other.pixels.shape == of_jpeg.pixels.shape
        assert cv2.absdiff(other.pixels, of_jpeg.pixels).mean() < 1.0

    def test_an_array_is_reduced_as_a_file_is(self, large):
        part = np.ascontiguousarray(large[:1600, :1200])
        of_array, of_file = from_array(part, min_side=400), decode(encoded(part, "PNG", compress_level=1), min_side=400)
        assert of_array.stored_size == (1200, 1600)
        assert np.array_equal(of_array.pixels, of_file.pixels)

    @pytest.mark.parametrize("name", ["JPEG", "PNG"])
    @pytest.mark.parametrize("orientation", range(1, 9))
    def test_a_reduced_photo_is_upright(self, large, name, orientation):
        exif = Image.Exif()
        exif[0x0112] = orientation
        data = encoded(large[1000:1801, 1000:2203], name, exif=exif, **LOSSLESS.get(name, {}))
        whole, reduced = decode(data), decode(data, min_side=600)
        assert reduced.stored_size == (whole.width, whole.height)
        small = cv2.resize(whole.pixels, reduced.pixels.shape[1::-1], interpolation=cv2.INTER_AREA)
        assert cv2.absdiff(reduced.pixels, small).mean() < 1.5

    def test_a_profile_is_applied_to_what_was_reduced(self, large):
        part = np.ascontiguousarray(large[1000:2600, 1000:2600])
        swapped = encoded(part, icc_profile=_red_for_green())
        whole, reduced = decode(swapped).pixels, decode(swapped, min_side=400).pixels
        assert cv2.absdiff(whole, part).mean() > 5
        assert np.abs(whole.mean(axis=(0, 1)) - reduced.mean(axis=(0, 1))).max() < 1

    @pytest.mark.parametrize("share", [0.3, 0.9, 0.999])
    def test_a_file_that_is_cut_off_is_refused(self, file, share):
        with pytest.raises(UnreadableError, match="cut off"):
            decode(file[: int(share * len(file))], min_side=1000)


class TestFinding:
    def test_a_large_face_is_measured_reduced(self, landmarker, file):
        again = []
        found = landmarker.find_in_detail(decode(file, min_side=DETECTABLE_SIDE), lambda **how: again.append(how))
        assert not again
        assert found.photo.reduction == pytest.approx(4, rel=0.01)

    def test_a_small_face_gets_the_pixels_it_needs(self, landmarker, portrait, face):
        pixels = framed(portrait, 2000)
        first = from_array(pixels, min_side=DETECTABLE_SIDE)
        found = landmarker.find_in_detail(first, partial(from_array, pixels))
        assert (first.reduction, found.photo.reduction) == (2, 1)
        assert found.iod == pytest.approx(face.iod, rel=0.05)
        offset = ((2000 - portrait.width) // 2, (2000 - portrait.height) // 2)
        gaps = np.linalg.norm(found.landmarks - offset - face.landmarks, axis=1) / face.iod
        assert gaps.mean() < 0.04
        assert found.depth == pytest.approx(face.depth, abs=0.2 * face.iod)

    def test_a_face_between_them_gets_a_part_of_them(self, landmarker, large):
        pixels = cv2.copyMakeBorder(large, 1000, 1000, 1500, 1500, cv2.BORDER_CONSTANT, value=(128, 128, 128))
        first = from_array(pixels, min_side=DETECTABLE_SIDE)
        found = landmarker.find_in_detail(first, partial(from_array, pixels))
        assert 1 < found.photo.reduction <= first.reduction
        assert found.iod >= 110

    @pytest.mark.parametrize(("times", "refused"), [(1, True), (4, False)])
    def test_too_small_is_what_the_whole_photo_has_too_few_pixels_of(self, landmarker, portrait, face, times, refused):
        pixels = cv2.resize(portrait.pixels, None, fx=0.2, fy=0.2, interpolation=cv2.INTER_AREA)
        photo = Photo(pixels, "PNG", whole_size=(times * pixels.shape[1], times * pixels.shape[0]))
        with pytest.raises(FaceTooSmallError) if refused else nullcontext() as seen:
            landmarker.find(photo)
        if refused:
            assert seen.value.iod == pytest.approx(0.2 * face.iod, rel=0.1)


def test_the_report_is_in_the_photos_own_pixels(large):
    original, report = check(cv2.resize(large, None, fx=1 / 6, fy=1 / 6, interpolation=cv2.INTER_AREA)), check(large)
    assert (report.photo.width, report.photo.height) == (3900, 4500)
    assert report.photo.iod == pytest.approx(6 * original.photo.iod, rel=0.02)
    assert report.photo.face_width == pytest.approx(6 * original.photo.face_width, rel=0.02)
    places = [
        np.array([p for c in r.cues for e in c.evidence if e.label == "eyelids" for p in e.points])
        for r in (original, report)
    ]
    assert np.abs(places[1] - 6 * places[0]).max() < 0.05 * report.photo.iod
    assert report.p_ai == pytest.approx(original.p_ai, abs=0.1)


class TestPictures:
    """What reports with pictures show: a whole photo, or head and shoulders where the face is small."""

    def test_a_headshot_is_shown_whole(self, checker, large, file):
        report = checker.check_bytes(file, "a.jpg")
        assert report.portrait is None
        assert shape(report.preview) == ("JPEG", (277, 320))
        assert shape(report.thumbnail) == ("WEBP", (83, 96))
        shown = cv2.resize(large, (277, 320), interpolation=cv2.INTER_AREA)
        assert cv2.absdiff(pixels(report.preview), shown).mean() < 5

    def test_of_a_small_face_head_and_shoulders_are_shown(self, checker, portrait, face):
        framed_ = framed(portrait, 2000)
        report = checker.check_bytes(encoded(framed_), "a.jpg")
        left, top, right, bottom = report.portrait
        eyes = face.landmarks[[468, 473]] + ((2000 - portrait.width) // 2, (2000 - portrait.height) // 2)
        assert ((left, top) < eyes - face.iod).all()
        assert (eyes + face.iod < (right, bottom)).all()
        assert shape(report.preview) == ("JPEG", (320, 320))
        shown = cv2.resize(framed_[top:bottom, left:right], (320, 320), interpolation=cv2.INTER_AREA)
        assert cv2.absdiff(pixels(report.preview), shown).mean() < 8
        assert shape(report.thumbnail) == ("WEBP", (96, 96))

    def test_a_photo_without_a_score_has_only_a_thumbnail(self, checker):
        report = checker.check_bytes(encoded(np.full((90, 120, 3), 128, np.uint8)), "a.jpg")
        assert (report.preview, shape(report.thumbnail)) == (None, ("WEBP", (96, 72)))

    @pytest.mark.parametrize("size", [(1, 1), (1, 5000), (5000, 1), (321, 640), (641, 95)])
    def test_no_shape_is_too_odd(self, size):
        photo = from_array(np.full((*size, 3), 128, np.uint8))
        assert max(shape(preview(photo))[1]) == min(320, max(size))
        assert max(shape(thumbnail(photo))[1]) == min(96, max(size))


def pixels(data: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image.convert("RGB"))


def shape(data: bytes) -> tuple[str | None, tuple[int, int]]:
    with Image.open(io.BytesIO(data)) as image:
        return image.format, image.size


def test_a_large_photo_is_good_for_print_unless_it_is_soft(large):
    assert check(large).good_for.endswith("and a 13 x 18 cm print.")
    soft = check(cv2.GaussianBlur(large, (0, 0), 16))
    (width,) = [line.split("(")[1].split()[0] for line in soft.advice if "instead of 3900 pixels" in line]
    assert int(width) < 3900 / 4
    assert soft.good_for.startswith("Too small or too soft for a profile picture")


def _red_for_green() -> bytes:
    """An RGB profile like sRGB whose red and green primaries are exchanged."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    red, green = profile.index(b"rXYZ"), profile.index(b"gXYZ")
    profile[red : red + 4], profile[green : green + 4] = b"gXYZ", b"rXYZ"
    return bytes(profile)
