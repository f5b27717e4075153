"""Micro-patterns: what they see, what leaves them still, and that their basis is reproducible."""

from __future__ import annotations

import json
from dataclasses import replace

import cv2
import numpy as np
import pytest
from conftest import PORTRAIT_A, PORTRAIT_B, SHARED_DATA, cropped

from artifact_check.cues.signal import hair_ring, patterns
from artifact_check.face import CANONICAL_IOD, Landmarker, texture
from artifact_check.learn.references import patterns as pattern_basis
from artifact_check.learn.table.dataset import Dataset, Item
from artifact_check.photo import decode, from_array


@pytest.fixture(scope="module")
def landmarker():
    with Landmarker() as opened:
        yield opened


@pytest.fixture(scope="module")
def face(landmarker):
    return landmarker.find(decode(PORTRAIT_A.read_bytes()))


def described(face):
    view = face.view(CANONICAL_IOD)
    return patterns.describe(view, hair_ring(view), coloured=face.coloured)


class TestShares:
    def test_they_sum_to_one_and_a_flat_picture_has_one_pattern(self):
        where = np.flatnonzero(np.ones((20, 20), bool))
        shares = texture.pattern_shares(np.full((20, 20), 7, np.float32), [where], 2)[0]
        assert shares.sum() == pytest.approx(1)
        assert shares[8] == 1  # each neighbour is at least as bright

    def test_turning_a_picture_by_quarters_changes_nothing(self):
        picture = np.random.default_rng(0).normal(size=(41, 41)).astype(np.float32)
        inside = np.zeros((41, 41), bool)
        inside[5:-5, 5:-5] = True
        shares = [texture.pattern_shares(np.rot90(picture, k).copy(), [np.flatnonzero(inside)], 3)[0] for k in range(4)]
        for turned in shares[1:]:
            assert turned == pytest.approx(shares[0])

    def test_more_light_changes_nothing(self):
        picture = np.random.default_rng(1).uniform(0, 100, size=(30, 30)).astype(np.float32)
        where = np.arange(200, 600)
        darker, brighter = (texture.pattern_shares(picture * gain, [where], 1)[0] for gain in (1, 2))
        assert np.array_equal(darker, brighter)


def test_normalised_values_have_no_level_and_little_contrast_of_their_own():
    picture = np.random.default_rng(2).normal(100, 20, size=(200, 200)).astype(np.float32)
    values, mean = texture.normalised(picture)
    assert abs(values.mean()) < 0.02
    assert mean.mean() == pytest.approx(picture.mean(), rel=0.01)
    assert texture.normalised(3 * picture)[0].std() == pytest.approx(values.std(), rel=0.05)


def test_each_family_gives_its_coordinates(face):
    seen = described(face)
    assert set(seen) == set(patterns.FAMILIES)
    assert all(values.shape == (patterns.COMPONENTS,) and np.isfinite(values).all() for values in seen.values())


def test_without_colour_there_is_no_family_of_colours(landmarker, face):
    grey = cv2.cvtColor(cv2.cvtColor(face.photo.pixels, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    assert set(described(landmarker.find(from_array(grey)))) == {"neighbours", "filters"}


def test_what_lies_outside_the_photo_is_left_out(face):
    view = face.view(CANONICAL_IOD)
    assert set(patterns.describe(view, np.zeros_like(hair_ring(view)), coloured=True)) == {"neighbours"}


def test_a_mouth_and_a_chin_alone_show_no_neighbours_of_skin(face):
    view = cropped(face, top=face.landmarks[2, 1]).view(CANONICAL_IOD)
    assert set(patterns.describe(view, hair_ring(view), coloured=True)) == {"filters", "colours"}


def test_smoothing_moves_a_face_further_than_mirroring_it(landmarker, face):
    smoothed = cv2.bilateralFilter(face.photo.pixels, 9, 40, 9)
    mirrored = np.ascontiguousarray(face.photo.pixels[:, ::-1])
    before = described(face)
    changed, same = (described(landmarker.find(from_array(pixels))) for pixels in (smoothed, mirrored))
    for family in patterns.FAMILIES:
        assert np.linalg.norm(changed[family] - before[family]) > 1.5 * np.linalg.norm(same[family] - before[family])


class TestBasis:
    @pytest.fixture
    def dataset(self):
        real = [
            Item(path, path.name, False, path.stem, path.stem, "camera", "stock", None)
            for path in (PORTRAIT_A, PORTRAIT_B)
        ]
        made = replace(real[1], file="made.jpg", is_ai=True, cluster="another")
        return Dataset(PORTRAIT_A.parent, (*real, made))

    def test_it_is_made_from_every_other_real_cluster_and_from_no_ai_photo(self, dataset):
        made = pattern_basis.make_basis(dataset)
        assert made["made_from"] == {"pictures": 2, "clusters": [PORTRAIT_A.stem]}

    def test_making_it_twice_gives_the_same(self, dataset):
        assert pattern_basis.make_basis(dataset) == pattern_basis.make_basis(dataset)

    def test_its_components_are_orthonormal(self):
        _, bases = patterns._data()
        for basis in bases.values():
            assert basis.components @ basis.components.T == pytest.approx(np.eye(patterns.COMPONENTS), abs=2e-3)

    @pytest.mark.skipif(not SHARED_DATA.exists(), reason="the labelled photos are not here")
    def test_the_shipped_one_names_real_clusters_alone(self):
        from artifact_check.learn.table.dataset import read_dataset

        stored = json.loads((pattern_basis._DEFAULT).read_text(encoding="utf-8"))
        real = {item.cluster for item in read_dataset(SHARED_DATA).items if not item.is_ai}
        assert set(stored["made_from"]["clusters"]) < real
