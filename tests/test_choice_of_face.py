"""Of several faces, the person's is chosen: large, in the middle, in focus. The others are posters and bystanders."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from artifact_check.face import Face
from artifact_check.face.choice import choose_face

WIDTH, HEIGHT = 1200, 700
MIDDLE, SIDE = (600, 380), (230, 330)


def scene(*placed: tuple[Face, float, tuple[int, int], float]) -> tuple[np.ndarray, list[np.ndarray]]:
    """A grey picture with faces (face, interocular distance, middle, blur in px), and their landmarks."""
    pixels, landmarks = np.full((HEIGHT, WIDTH, 3), 120, np.uint8), []
    for face, iod, (x, y), blur in placed:
        scale = iod / face.iod
        centre = (face.landmarks.min(axis=0) + face.landmarks.max(axis=0)) / 2
        move = np.array([[scale, 0, x - scale * centre[0]], [0, scale, y - scale * centre[1]]])
        shown = cv2.warpAffine(face.photo.pixels, move, (WIDTH, HEIGHT), flags=cv2.INTER_AREA)
        points = face.landmarks @ move[:, :2].T + move[:, 2]
        box = cv2.boundingRect(np.round(points).astype(np.int32))
        here = slice(box[1] - 40, box[1] + box[3] + 20), slice(box[0] - 20, box[0] + box[2] + 20)
        pixels[here] = (cv2.GaussianBlur(shown, (0, 0), blur) if blur else shown)[here]
        landmarks.append(points)
    return pixels, landmarks


@pytest.mark.parametrize("larger", [1.0, 1.3])
def test_a_larger_face_on_a_poster_out_of_focus_is_not_the_person(face, other_face, larger):
    person, poster = (face, 90.0, MIDDLE, 0.0), (other_face, 90.0 * larger, SIDE, 4.0)
    assert choose_face(*scene(poster, person)) == 1
    assert choose_face(*scene(person, poster)) == 0


def test_of_two_alike_the_one_in_the_middle_is_chosen(face):
    assert choose_face(*scene((face, 80.0, SIDE, 0.0), (face, 80.0, MIDDLE, 0.0))) == 1


def test_a_small_face_in_the_middle_is_a_bystander_of_a_large_one_beside_it(face, other_face):
    assert choose_face(*scene((other_face, 45.0, (680, 300), 0.0), (face, 110.0, (330, 380), 0.0))) == 1


def test_darker_skin_is_not_taken_for_less_detail(face):
    """Of two alike at mirrored places, the slightly larger one is chosen, however dark it is."""
    pixels, landmarks = scene((face, 80.0, (350, 350), 0.0), (face, 88.0, (850, 350), 0.0))
    dark = pixels.copy()
    dark[:, WIDTH // 2 :] = np.round(pixels[:, WIDTH // 2 :] * 0.45)
    assert choose_face(pixels, landmarks) == choose_face(dark, landmarks) == 1


def test_a_face_that_is_partly_outside_of_the_picture_can_be_weighed(face):
    pixels, landmarks = scene((face, 80.0, MIDDLE, 0.0))
    assert choose_face(pixels, [landmarks[0] + (WIDTH, 0), landmarks[0]]) == 1


def test_one_face_needs_no_choice(face):
    assert choose_face(face.photo.pixels, [face.landmarks]) == 0
