"""The shipped encoder: its map moves where a face was changed, and the parts of a score add up."""

from __future__ import annotations

import csv
from dataclasses import replace

import cv2
import numpy as np
import pytest

from artifact_check import cues
from artifact_check.cues import learned_values
from artifact_check.errors import PhotoError
from artifact_check.face import CROP_SIDE, GRID, Crop, region_mask, regions
from artifact_check.learn.laboratory.perturb import smooth_skin
from artifact_check.model import bundle
from artifact_check.photo import decode

PAIRS = 12
EYE = np.s_[5:8, 3:8]  # patches of the eye on the left of the picture
OTHER_EYE = np.s_[5:8, 8:13]


@pytest.fixture(scope="module")
def encoder():
    return bundle.load(None, cues.discover()).encoder


def test_each_cue_has_the_mean_of_its_region(encoder, face):
    patches = encoder.patches(Crop.of(face))
    for cue in cues.discover():
        values = learned_values(cue, patches)
        assert values.keys() == {measure.key for measure in cue.learned}
        for measure in cue.learned:
            assert values[measure.key] == pytest.approx(patches.log_odds[region_mask(measure.region)].mean())


def test_smoothing_one_cheek_moves_the_map_there(encoder, face):
    pixels = face.photo.pixels.copy()
    right, left = face.landmarks[[*regions.IRIDES]]
    side = np.s_[:, : int((right[0] + left[0]) / 2)]  # the half of the picture that shows the right cheek
    pixels[side] = smooth_skin(face)[side]
    smoothed = replace(face, photo=replace(face.photo, pixels=pixels))
    before, after = (encoder.run(Crop.of(each).pixels) for each in (face, smoothed))
    moved = np.abs(after - before)[8:12]  # rows of the cheeks
    assert moved[:, 3:7].mean() > 2 * moved[:, 9:13].mean()


def crops(shared_data, landmarker, label):
    """Crops of photos of many clusters, whole and not turned."""
    with (shared_data / "manifest.csv").open(encoding="utf-8", newline="") as stream:
        rows = {row["cluster"]: row for row in csv.DictReader(stream) if row["label"] == label}
    found = []
    for row in rows.values():
        try:
            face = landmarker.find(decode((shared_data / row["file"]).read_bytes()))
        except PhotoError:
            continue
        crop = Crop.of(face)
        if crop is not None and crop.visible.all() and abs(face.pose[0]) < 15:
            found.append(crop)
        if len(found) == PAIRS:
            break
    return found


def test_a_generated_eye_in_a_camera_photo_moves_the_map_at_that_eye(encoder, shared_data, landmarker):
    real, made = (crops(shared_data, landmarker, label) for label in ("real", "ai"))
    assert min(len(real), len(made)) == PAIRS
    there, elsewhere = [], []
    for camera, generated in zip(real, made, strict=True):
        before = encoder.run(camera.pixels)
        after = encoder.run(_with_eye_of(generated.pixels, camera.pixels))
        there.append((after - before)[EYE].mean())
        elsewhere.append((after - before)[OTHER_EYE].mean())
    assert np.mean(there) > 0
    assert np.mean(there) > np.mean(elsewhere)


def _with_eye_of(donor, target):
    """`target` with the eye on the left of `donor` blended in, its colours matched."""
    patch = CROP_SIDE // GRID
    rows, columns = (slice(s.start * patch, s.stop * patch) for s in EYE)
    mask = np.full((rows.stop - rows.start, columns.stop - columns.start), 255, np.uint8)
    centre = ((columns.start + columns.stop) // 2, (rows.start + rows.stop) // 2)
    return cv2.seamlessClone(np.ascontiguousarray(donor[rows, columns]), target, mask, centre, cv2.NORMAL_CLONE)
