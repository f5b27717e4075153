"""A face is found where it is, the same every time, and what cannot be judged is refused."""

from __future__ import annotations

import pickle
import shutil
from dataclasses import replace
from functools import partial

import cv2
import numpy as np
import pytest
from conftest import PORTRAIT_A, PORTRAIT_B, ROOT, SOURCES, cropped
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tools import golden

from artifact_check import cues
from artifact_check.errors import FaceTooSmallError, ModelError, NoFaceError, NotUprightError, UnreadableError
from artifact_check.face import CANONICAL_IOD, DETECTABLE_SIDE, MIN_IOD, Landmarker, regions
from artifact_check.face.tiles import tilings
from artifact_check.learn.laboratory import perturb
from artifact_check.photo import Photo, from_array
from artifact_check.shipped import shipped_model


def test_a_refusal_passes_between_processes():
    refused = FaceTooSmallError("The face is too small.", faces=2, width=40.5, iod=12.5)
    again = pickle.loads(pickle.dumps(refused))  # noqa: S301
    assert (type(again), str(again), vars(again)) == (FaceTooSmallError, str(refused), vars(refused))


def scaled(photo, factor):
    interpolation = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    return from_array(cv2.resize(photo.pixels, None, fx=factor, fy=factor, interpolation=interpolation))


def turned_by(photo, degrees):
    """The photo turned counter-clockwise about its middle, edges continued."""
    height, width = photo.pixels.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    return from_array(cv2.warpAffine(photo.pixels, turn, (width, height), borderMode=cv2.BORDER_REPLICATE))


def blurred(photo, sigma):
    return from_array(cv2.GaussianBlur(photo.pixels, (0, 0), sigma))


def on_a_page(photo, share):
    """A grey page of 4000 x 4000 pixels with the photo on it, whose pixels are `share` of the page's side; and the
    photo's corner and scale there.
    """
    side = 4000
    small = scaled(photo, share * side)
    pixels = np.full((side, side, 3), 128, np.uint8)
    corner = np.array([0.31 * side, 0.43 * side]).astype(int)
    pixels[corner[1] : corner[1] + small.height, corner[0] : corner[0] + small.width] = small.pixels
    return pixels, corner, small.width / photo.width


def side_by_side(*photos):
    """The photos in a row on grey, each at the top."""
    height = max(photo.height for photo in photos)
    columns = [np.full((height, photo.width, 3), 128, np.uint8) for photo in photos]
    for column, photo in zip(columns, photos, strict=True):
        column[: photo.height] = photo.pixels
    return from_array(np.concatenate(columns, axis=1))


def close_up(face):
    """The photo cut to little more than the face."""
    left, top = np.maximum(face.landmarks.min(axis=0) - 0.6 * face.iod, 0).astype(int)
    right, bottom = (face.landmarks.max(axis=0) + 0.6 * face.iod).astype(int)
    return from_array(face.photo.pixels[top:bottom, left:right])


def gaps(landmarks, face):
    """(478,) distances to a face's landmarks, in its interocular distance."""
    return np.linalg.norm(landmarks - face.landmarks, axis=1) / face.iod


class TestFinding:
    def test_landmarks_lie_in_the_photo_and_eyes_above_chin(self, face):
        assert face.landmarks.shape == (478, 2)
        assert face.landmarks.min() >= 0
        assert np.all(face.landmarks.max(axis=0) <= (face.photo.width, face.photo.height))
        assert face.landmarks[regions.RIGHT.iris, 0] < face.landmarks[regions.LEFT.iris, 0]
        assert face.landmarks[regions.RIGHT.iris, 1] < face.landmarks[regions.CHIN, 1]
        assert face.iod < face.width < 4 * face.iod
        assert (face.count, face.dominant) == (1, True)

    def test_a_photo_cut_below_the_brows_is_not_taken_for_one_on_its_head(self, landmarker, face):
        cut = cropped(face, top=face.landmarks[168, 1])
        found = landmarker.find(cut.photo)
        assert found.landmarks[regions.polygon("brow_R"), 1].max() < 0
        assert gaps(found.landmarks, cut).mean() < 0.1

    def test_irises_are_dark_spots(self, face):
        grey = cv2.cvtColor(face.photo.pixels, cv2.COLOR_RGB2GRAY)
        radius = round(0.06 * face.iod)
        for iris in regions.IRIDES:
            x, y = np.round(face.landmarks[iris]).astype(int)
            spot = grey[y - radius : y + radius, x - radius : x + radius]
            assert spot.mean() < 0.7 * grey[face.view(64.0).mask("face_oval").nonzero()].mean()

    def test_landmarks_are_in_pixels_of_the_photo_as_given(self, landmarker, portrait, face):
        half = landmarker.find(scaled(portrait, 0.5))
        assert gaps(half.landmarks * 2, face).mean() < 0.015
        assert half.iod * 2 == pytest.approx(face.iod, rel=0.03)
        assert half.depth * 2 == pytest.approx(face.depth, abs=0.1 * face.iod)

    def test_a_photo_larger_than_the_detector_takes_keeps_its_pixels(self, landmarker, portrait, face):
        double = landmarker.find(scaled(portrait, 2.0))
        assert max(double.photo.pixels.shape) > 2000
        assert gaps(double.landmarks / 2, face).mean() < 0.015

    def test_noise_and_flat_pictures_have_no_face(self, landmarker):
        noise = np.random.default_rng(0).integers(0, 256, (300, 300, 3), np.uint8)
        for pixels in (noise, np.full((300, 300, 3), 128, np.uint8), np.zeros((1, 1, 3), np.uint8)):
            with pytest.raises(NoFaceError, match="No face was found"):
                landmarker.find(from_array(pixels))

    def test_a_face_with_too_few_pixels_is_refused_with_its_size(self, landmarker, portrait, face):
        with pytest.raises(FaceTooSmallError, match=r"only (2|3)\d pixels apart.*at least 40"):
            landmarker.find(scaled(portrait, 0.75 * MIN_IOD / face.iod))
        assert landmarker.find(scaled(portrait, 1.1 * MIN_IOD / face.iod)).iod >= MIN_IOD


class TestWhicheverWayUp:
    """A photo without its orientation tag, and a head that is tilted."""

    @pytest.mark.parametrize("degrees", [90, 180, 270])
    def test_a_photo_turned_by_quarters_of_a_circle_is_put_upright(self, landmarker, portrait, face, degrees):
        found = landmarker.find(from_array(portrait.turn(degrees).pixels))
        assert found.photo.turned == 360 - degrees
        assert np.array_equal(found.photo.pixels, portrait.pixels)
        assert np.array_equal(found.landmarks, face.landmarks)

    @pytest.mark.parametrize("degrees", [90, 270])
    def test_a_large_one_is_put_upright_at_both_of_its_scales(self, landmarker, portrait, degrees):
        lying = scaled(portrait, 3.0).turn(degrees).pixels
        found = landmarker.find_in_detail(from_array(lying, min_side=DETECTABLE_SIDE), partial(from_array, lying))
        upright = landmarker.find_in_detail(
            from_array(np.rot90(lying, degrees // 90), min_side=DETECTABLE_SIDE),
            partial(from_array, np.rot90(lying, degrees // 90)),
        )
        assert (found.photo.reduction, found.photo.stored_size) == (upright.photo.reduction, upright.photo.stored_size)
        assert gaps(found.landmarks, upright).max() < 0.01

    @pytest.mark.parametrize("degrees", [-45, -30, 30, 45])
    def test_a_tilted_face_is_measured_level(self, landmarker, portrait, face, degrees):
        tilted = landmarker.find(turned_by(portrait, -degrees))
        assert tilted.photo.turned == 0
        assert tilted.roll - face.roll == pytest.approx(degrees, abs=3)
        level = tilted.upright
        assert abs(level.roll) < 1
        assert level.iod == pytest.approx(face.iod, rel=0.04)
        assert level.pose == pytest.approx((*face.pose[:2], face.pose[2] - face.roll), abs=6)
        assert np.abs(level.frontal - face.frontal).mean() < 0.1  # cm

    def test_pixels_of_the_level_picture_are_those_of_the_photo(self, landmarker, portrait):
        tilted = landmarker.find(turned_by(portrait, 30))
        corners = np.array([(0, 0), (200, 0), (200, 300)]) + 100.0
        for x, y in np.round(tilted.level.to_photo(corners)).astype(int):
            assert 0 <= x < tilted.photo.width
            assert 0 <= y < tilted.photo.height
        patch = tilted.upright.view(CANONICAL_IOD)
        eye, chin = patch.landmarks[regions.RIGHT.iris], patch.landmarks[regions.CHIN]
        assert patch.luma[tuple(eye[::-1].astype(int))] < patch.luma[tuple(((eye + chin) / 2)[::-1].astype(int))]

    def test_marks_of_a_tilted_face_lie_where_those_of_the_upright_one_do(self, landmarker, portrait, face):
        tilted = landmarker.find(turned_by(portrait, 30))
        about = np.array([portrait.width / 2, portrait.height / 2])
        turn = cv2.getRotationMatrix2D(about.tolist(), 30, 1.0)
        expected, found = (
            [seen for measured in cues.measure(each) for seen in measured.evidence if seen.kind == "outline"]
            for each in (face, tilted)
        )
        assert len(expected) >= 5
        for mark in expected:
            middle = np.mean(mark.points, axis=0) @ turn[:, :2].T + turn[:, 2]
            same = [np.mean(seen.points, axis=0) for seen in found if seen.label == mark.label]
            assert min(np.linalg.norm(each - middle) for each in same) < 0.25 * face.iod

    def test_landmarks_that_lie_on_no_face_are_not_judged(self, landmarker, face):
        half = cropped(face, top=face.landmarks[regions.NOSE_BASE, 1])
        with pytest.raises((NotUprightError, NoFaceError)):
            landmarker.find(half.photo)


class TestSmallFaces:
    @pytest.mark.parametrize("share", [0.03, 0.05, 0.08, 0.11])
    def test_a_face_that_is_a_small_part_of_a_picture_is_found_where_it_is(self, landmarker, portrait, face, share):
        pixels, corner, scale = on_a_page(portrait, share / face.width)
        found = landmarker.find_in_detail(from_array(pixels, min_side=DETECTABLE_SIDE), partial(from_array, pixels))
        whole = found.landmarks * found.photo.reduction
        expected = face.landmarks * scale + corner
        assert np.linalg.norm(whole - expected, axis=1).mean() < 0.05 * found.iod * found.photo.reduction
        assert found.count == 1

    @pytest.mark.parametrize("degrees", [90, 180, 270])
    @pytest.mark.parametrize("share", [0.03, 0.08])
    def test_also_where_the_picture_lies_on_its_side_or_its_head(self, landmarker, portrait, face, share, degrees):
        upright = on_a_page(portrait, share / face.width)[0]
        lying = np.ascontiguousarray(np.rot90(upright, degrees // 90))
        found, expected = (
            landmarker.find_in_detail(from_array(pixels, min_side=DETECTABLE_SIDE), partial(from_array, pixels))
            for pixels in (lying, upright)
        )
        assert found.photo.turned == degrees
        assert found.photo.stored_size == expected.photo.stored_size
        assert gaps(found.landmarks, expected).mean() < 0.05

    @settings(max_examples=60, deadline=None)
    @given(st.integers(1, 1920), st.integers(1, 1920), st.integers(1, 40))
    def test_tiles_are_few_and_cover_the_picture(self, width, height, reduction):
        rounds = list(tilings(width, height, max(width, height) * reduction, 95.0))
        sides = [tiles[0][2] for tiles in rounds]
        assert sides == sorted(set(sides), reverse=True)
        for tiles in rounds:
            assert 0 < len(tiles) <= 200
            covered = np.zeros((height, width), bool)
            for left, top, side in tiles:
                assert left >= 0
                assert top >= 0
                covered[top : top + side, left : left + side] = True
            assert covered.all()


class TestSameEveryTime:
    def test_the_same_photo_gives_the_same_face_also_after_others(self, landmarker, portrait, other_portrait):
        first = landmarker.find(portrait)
        again = [landmarker.find(portrait) for _ in range(2)]
        landmarker.find(other_portrait)
        with pytest.raises(NoFaceError):
            landmarker.find(from_array(np.zeros((64, 64, 3), np.uint8)))
        for later in [*again, landmarker.find(portrait)]:
            assert np.array_equal(later.landmarks, first.landmarks)
            assert np.array_equal(later.depth, first.depth)
            assert np.array_equal(later.transform, first.transform)
            assert later.blendshapes == first.blendshapes

    def test_another_landmarker_agrees(self, portrait, face):
        with Landmarker() as other:
            assert np.array_equal(other.find(portrait).landmarks, face.landmarks)

    @pytest.mark.parametrize("picture", golden.PICTURES)
    def test_the_kept_faces_are_found_again(self, landmarker, picture):
        """Golden values are measured on these, so that nothing else would tell that landmarks have moved."""
        kept = golden.kept_faces()[picture]
        found = landmarker.find(kept.photo)
        assert gaps(found.landmarks, kept).max() < 0.02
        assert found.pose == pytest.approx(kept.pose, abs=1)
        assert found.blendshapes == pytest.approx(kept.blendshapes, abs=0.05)

    def test_finding_leaves_the_photo_as_it_was(self, landmarker, portrait):
        before = portrait.pixels.copy()
        landmarker.find(portrait).view(64.0)
        assert np.array_equal(portrait.pixels, before)


class TestSeveralFaces:
    def test_two_faces_of_one_size_leave_none_dominant(self, landmarker, portrait):
        both = landmarker.find(side_by_side(portrait, portrait))
        assert (both.count, both.dominant) == (2, False)

    @pytest.mark.parametrize("bystander", ["left", "right"])
    def test_a_small_bystander_does_not_count(self, landmarker, face, bystander):
        large = close_up(face)
        small = scaled(large, 0.5)
        row = (small, large) if bystander == "left" else (large, small)
        alone, both = landmarker.find(large), landmarker.find(side_by_side(*row))
        assert (both.count, both.dominant) == (2, True)
        offset = small.width if bystander == "left" else 0
        assert gaps(both.landmarks - (offset, 0), alone).mean() < 0.03

    def test_one_of_half_the_area_does(self, landmarker, face):
        large = close_up(face)
        both = landmarker.find(side_by_side(large, scaled(large, 0.71)))
        assert (both.count, both.dominant) == (2, False)


@pytest.fixture(scope="session")
def landmarker():
    """One that remembers nothing."""
    with Landmarker() as landmarker:
        yield landmarker


class TestLandmarker:
    def test_it_survives_an_error_inside_the_native_code(self, portrait, face):
        with Landmarker() as landmarker:
            for broken in (np.zeros((8, 8, 2), np.uint8), np.zeros((8, 8, 3), np.complex64)):
                with pytest.raises(UnreadableError, match="landmark model failed"):
                    landmarker.find(Photo(pixels=broken, format="ARRAY"))
                assert np.array_equal(landmarker.find(portrait).landmarks, face.landmarks)

    def test_it_can_be_used_again_after_close(self, portrait, face):
        landmarker = Landmarker()
        for _ in range(2):
            assert np.array_equal(landmarker.find(portrait).landmarks, face.landmarks)
            landmarker.close()
            landmarker.close()

    def test_a_forked_child_can_use_the_one_of_its_parent(self, python):
        run = python(FORK, PORTRAIT_A)
        assert (run.returncode, run.stdout, run.stderr) == (0, "child agrees\nparent agrees\n", "")

    @pytest.mark.parametrize("before", ["pass", "landmarker.start()"], ids=["not started", "started"])
    def test_a_forked_child_can_use_one_that_its_parent_has_not_used_yet(self, python, before):
        run = python(FORK_FIRST.replace("BEFORE", before), PORTRAIT_A)
        assert (run.returncode, run.stdout, run.stderr) == (0, "child agrees\n", "")

    @pytest.mark.parametrize("end", ["landmarker.close()", "pass"], ids=["closed", "left open"])
    def test_nothing_is_printed(self, python, end):
        run = python(f"{FIND}\nfind(landmarker)\n{end}", PORTRAIT_A)
        assert (run.returncode, run.stdout, run.stderr) == (0, "", "")

    def test_another_landmark_model_is_refused(self, python, tmp_path):
        shutil.copytree(SOURCES, tmp_path / "artifact_check", ignore=shutil.ignore_patterns("__pycache__", "_models"))
        model = bytearray((ROOT / "models" / "face_landmarker.task").read_bytes())
        model[len(model) // 2] ^= 1
        installed = tmp_path / "artifact_check" / "_models" / "face_landmarker.task"
        installed.parent.mkdir()
        installed.write_bytes(model)
        run = python(REFUSED, sources=tmp_path)
        assert (run.returncode, run.stderr) == (0, "")
        assert run.stdout.startswith(f"ModelError: {installed} is not the landmark model")

    def test_a_model_that_does_not_come_with_the_program_is_named(self):
        with pytest.raises(ModelError, match=r"nothing\.task is missing from the installation"):
            shipped_model("nothing.task")

    def test_a_missing_landmark_model_is_named(self, python, tmp_path):
        shutil.copytree(SOURCES, tmp_path / "src" / "artifact_check", ignore=shutil.ignore_patterns("_models"))
        run = python(REFUSED, sources=tmp_path / "src")
        assert (run.returncode, run.stderr) == (0, "")
        assert run.stdout.startswith("ModelError: face_landmarker.task is missing")


FIND = """
import sys
from pathlib import Path
from artifact_check.face import Landmarker
from artifact_check.photo import decode

photo = decode(Path(sys.argv[1]).read_bytes())

def find(landmarker):
    return landmarker.find(photo).landmarks

landmarker = Landmarker()
"""

FORKING = f"""{FIND}
import os
import signal
import warnings

# Newer Pythons warn of forks beside threads, which is what is tried here.
warnings.simplefilter("ignore", DeprecationWarning)
"""

FORK = f"""{FORKING}
before = find(landmarker)
child = os.fork()
if child == 0:
    signal.alarm(15)  # ends a child that hangs
    print("child agrees" if (find(landmarker) == before).all() else "child differs", flush=True)
    landmarker.close()
    os._exit(0)
os.waitpid(child, 0)
print("parent agrees" if (find(landmarker) == before).all() else "parent differs")
landmarker.close()
"""

FORK_FIRST = f"""{FORKING}
BEFORE
read, write = os.pipe()
child = os.fork()
if child == 0:
    signal.alarm(30)  # ends a child that hangs
    os.write(write, find(landmarker).tobytes())
    os._exit(0)
os.close(write)
told = open(read, "rb").read()
os.waitpid(child, 0)
print("child agrees" if told == find(landmarker).tobytes() else "child differs")
landmarker.close()
"""

REFUSED = """
from artifact_check.errors import ModelError
from artifact_check.face import Landmarker

try:
    Landmarker()
except ModelError as error:
    print(f"ModelError: {error}")
"""


class TestPose:
    def test_turning_the_photo_turns_the_roll(self, landmarker, portrait, face):
        for degrees in (-10, 10):
            rolled = landmarker.find(turned_by(portrait, degrees)).pose[2]
            assert rolled - face.pose[2] == pytest.approx(degrees, abs=2)

    def test_mirroring_the_photo_swaps_yaw_and_roll(self, landmarker, other_portrait):
        yaw, pitch, roll = landmarker.find(other_portrait).pose
        mirrored = landmarker.find(from_array(other_portrait.pixels[:, ::-1])).pose
        assert abs(yaw) > 5
        assert mirrored == pytest.approx((-yaw, pitch, -roll), abs=3)

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=30)
    @given(degrees=st.floats(-180, 180), scale=st.floats(0.05, 20), shift=st.tuples(*[st.floats(-1e4, 1e4)] * 2))
    def test_frontal_does_not_know_where_how_large_and_how_turned(self, face, degrees, scale, shift):
        angle = np.radians(degrees)
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        moved = replace(face, landmarks=scale * face.landmarks @ turn.T + shift, depth=scale * face.depth)
        assert moved.frontal == pytest.approx(face.frontal, abs=1e-5)

    def test_nor_how_the_photo_was_taken(self, landmarker, portrait, face):
        for other in (scaled(portrait, 0.5), turned_by(portrait, 10), turned_by(portrait, -20)):
            distance = np.linalg.norm(landmarker.find(other).frontal - face.frontal, axis=1)
            assert distance.mean() < 0.15  # cm

    def test_frontal_is_a_face_in_centimetres(self, face):
        mesh = regions.canonical_mesh()
        assert np.linalg.norm(face.frontal[:468] - mesh.vertices, axis=1).mean() < 1.0


class TestResolution:
    def test_a_camera_photo_shows_detail_up_to_its_pixels(self, face):
        assert face.effective_resolution > 0.4

    def test_scaling_up_adds_no_detail(self, landmarker, portrait, face):
        assert landmarker.find(scaled(portrait, 2.0)).effective_resolution < 0.8 * face.effective_resolution

    def test_blur_takes_detail_away(self, landmarker, portrait, face):
        steps = [landmarker.find(blurred(portrait, sigma)).effective_resolution for sigma in (1, 2, 4)]
        assert [*steps, 0.0] == sorted([*steps, 0.0], reverse=True)
        assert steps[0] < 0.8 * face.effective_resolution
        assert steps[2] < 0.15

    def test_a_strip_of_few_pixels_shows_no_detail_that_is_known(self, face):
        lids = face.landmarks[np.concatenate([regions.polygon("eye_R"), regions.polygon("eye_L")])]
        for top in (lids[:, 1].max() - 12, face.landmarks[regions.CHIN, 1] - 0.5 * face.iod):
            assert cropped(face, top=top).effective_resolution == 0

    def test_scaling_down_to_a_view_gains_it_back_up_to_the_limit_of_pixels(self, landmarker, portrait):
        soft = landmarker.find(blurred(portrait, 2))
        assert soft.resolution_at(soft.iod) == soft.effective_resolution
        assert soft.resolution_at(soft.iod / 2) == pytest.approx(min(0.5, 2 * soft.effective_resolution))
        assert soft.resolution_at(soft.iod / 100) == 0.5
        assert soft.resolution_at(10 * soft.iod) == soft.effective_resolution


class TestView:
    @pytest.mark.parametrize("iod", [32.0, 64.0, 100.0])
    def test_the_irises_are_as_far_apart_as_asked(self, face, iod):
        assert face.view(iod).iod == pytest.approx(iod)
        assert max(face.view(iod).pixels.shape) == pytest.approx(3.7 * iod, abs=2)

    def test_never_upscales(self, face):
        view = face.view(10 * face.iod)
        left, top = (round(value) for value in view.origin)
        height, width = view.pixels.shape[:2]
        assert view.scale == 1.0
        assert np.array_equal(view.pixels, face.photo.pixels[top : top + height, left : left + width])

    def test_landmarks_go_to_the_view_and_back(self, face):
        for iod in (48.0, 1000.0):
            view = face.view(iod)
            assert view.to_photo(view.landmarks) == pytest.approx(face.landmarks)

    def test_a_face_at_the_edge_is_cut_where_the_photo_ends(self, landmarker, portrait, face):
        left, top = np.maximum(face.landmarks.min(axis=0) - 0.1 * face.iod, 0).astype(int)
        right, bottom = (face.landmarks.max(axis=0) + 0.1 * face.iod).astype(int)
        tight = landmarker.find(from_array(portrait.pixels[top:bottom, left:right]))
        assert tight.view(1000.0).pixels.shape[:2] == (bottom - top, right - left)
        assert tight.view(1000.0).mask("face_oval").any()

    def test_a_part_shows_the_named_regions_as_the_view_does(self, face):
        whole, part = face.view(64.0), face.crop(64.0, "cheek_R", "cheek_L")
        assert part.scale == whole.scale
        assert part.pixels.size < 0.3 * whole.pixels.size
        assert part.to_photo(part.landmarks) == pytest.approx(face.landmarks)
        cheeks = [view.luma[view.mask("cheek_R", "cheek_L")] for view in (whole, part)]
        assert len(cheeks[1]) == pytest.approx(len(cheeks[0]), rel=0.05)
        assert cheeks[1].mean() == pytest.approx(cheeks[0].mean(), abs=1.0)

    def test_a_mask_holds_the_inside_of_its_outlines(self, face):
        view = face.view(64.0)
        oval, eyes = view.mask("face_oval"), view.mask("eye_R", "eye_L")
        assert np.array_equal(eyes, view.mask("eye_R") | view.mask("eye_L"))
        assert 0 < eyes.sum() < 0.1 * oval.sum()
        assert oval[eyes].all()
        assert oval.sum() < 0.6 * oval.size


class TestWhatTheCameraShows:
    def test_a_grey_photo_has_no_colour(self, landmarker, portrait, face):
        grey = np.repeat(cv2.cvtColor(portrait.pixels, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2)
        assert not landmarker.find(from_array(grey)).coloured
        assert face.coloured
        assert landmarker.find(from_array(grey)).skin_tone is None

    def test_darker_skin_has_a_smaller_tone_angle(self, landmarker, face):
        tones = [
            landmarker.find(from_array(perturb.shift_skin_tone(face, lightness=lightness))).skin_tone
            for lightness in (10.0, 0.0, -15.0, -30.0)
        ]
        assert tones == sorted(tones, reverse=True)
        assert tones[0] - tones[-1] > 30

    @pytest.mark.parametrize("path", [PORTRAIT_A, PORTRAIT_B], ids=["a", "b"])
    def test_open_eyes_are_seen_as_open_on_both_sides(self, path, landmarker, portrait, other_portrait):
        seen = landmarker.find(portrait if path == PORTRAIT_A else other_portrait)
        assert 0.12 < seen.eye_openness(regions.RIGHT) < 0.6
        assert 0.12 < seen.eye_openness(regions.LEFT) < 0.6
