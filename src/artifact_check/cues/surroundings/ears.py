"""Ears and earrings."""

from __future__ import annotations

import numpy as np

from artifact_check.cues.surroundings.finding import Finding, patch_outline
from artifact_check.face import Face, LevelView, View, regions, texture

_MAX_TURN = 6.0  # degrees of yaw; beyond it the farther ear is hidden on two of three labelled photos
_EAR, _EAR_CELL, _EAR_OUTWARDS = (32, 56), 8, 8.0  # px: patch, cell, distance from the tragus to the patch's centre
_LOBE, _LOBE_OUTWARDS, _LOBE_DOWN = (16, 20), 4.0, 34.0  # px
_MIN_SKIN = 0.35  # share of an ear's patch
# Beyond an ear and below its lobe, where its patch ends: px outwards and down from the tragus, size of the patch.
_AROUND = ((34.0, 0.0, (12, 56)), (20.0, 50.0, (24, 20)))
_MAX_AROUND = 0.3  # share of skin there; more is long hair, or a wall, of the colour of skin
_SKIN_CHROMA, _SKIN_DARKER = 12.0, 30.0  # largest CIELAB distance of skin from the cheeks, in a, b and in L
_NO_EARRING = 2.0  # grey levels, so that two bare lobes are alike


def measure(level: LevelView, face: Face) -> list[Finding]:
    """Differences between the ears and between the earrings, if both ears are visible."""
    points = level.view.landmarks
    centres = [points[side.tragus] + level.across * side.outwards * _EAR_OUTWARDS for side in regions.SIDES]
    if abs(face.pose[0]) > _MAX_TURN or not face.coloured or not all(level.contains(c, _EAR) for c in centres):
        return []
    cheeks = _cheek_colour(level.view)
    skin = [_skin(level.patch(level.view.lab, c, _EAR, mirrored=i == 1), cheeks) for i, c in enumerate(centres)]
    if min(part.mean() for part in skin) < _MIN_SKIN or _goes_on(level, cheeks):
        return []
    right, left = (level.patch(level.view.luma, c, _EAR, mirrored=i == 1) for i, c in enumerate(centres))
    difference, weight = texture.gradient_difference(right, left, _EAR_CELL)
    weight = weight * np.minimum(*(_share_by_cell(part) for part in skin))
    if weight.sum() <= 0:
        return []
    outlines = tuple(patch_outline(level, "surroundings_ears", "ear", centre, _EAR) for centre in centres)
    ears = Finding("surroundings_ears", float((difference * weight).sum() / weight.sum()), outlines)
    return [ears, *_earrings(level)]


def _earrings(level: LevelView) -> list[Finding]:
    key, view = "surroundings_earrings", level.view
    centres = [
        view.landmarks[side.tragus] + level.across * side.outwards * _LOBE_OUTWARDS + level.down * _LOBE_DOWN
        for side in regions.SIDES
    ]
    if not all(level.contains(centre, _LOBE) for centre in centres):
        return []
    right, left = (float(level.patch(level.ridges, centre, _LOBE).std()) for centre in centres)
    ratio = abs(float(np.log2((right + _NO_EARRING) / (left + _NO_EARRING))))
    outlines = tuple(patch_outline(level, key, "below the ear", centre, _LOBE) for centre in centres)
    return [Finding(key, ratio, outlines)]


def _goes_on(level: LevelView, cheeks: np.ndarray) -> bool:
    """Whether what has the colour of skin goes on where an ear ends, at either side."""
    view = level.view
    for side in regions.SIDES:
        for outwards, down, size in _AROUND:
            centre = view.landmarks[side.tragus] + level.across * side.outwards * outwards + level.down * down
            if level.contains(centre, size) and _skin(level.patch(view.lab, centre, size), cheeks).mean() > _MAX_AROUND:
                return True
    return False


def _cheek_colour(view: View) -> np.ndarray:
    """(3,) median CIELAB colour at the vertices of both cheeks."""
    vertices = np.concatenate([regions.shading_vertices(name) for name in regions.CHEEK_VERTICES])
    height, width = view.pixels.shape[:2]
    columns, rows = np.floor(view.landmarks[vertices]).astype(np.intp).T
    colours = view.lab[np.clip(rows, 0, height - 1), np.clip(columns, 0, width - 1)]
    return texture.medians(colours)


def _skin(lab: np.ndarray, cheeks: np.ndarray) -> np.ndarray:
    """(H, W) bool: pixels of the colour of the cheeks, or not much darker."""
    offset = lab - cheeks.astype(np.float32)
    skin: np.ndarray = (np.hypot(offset[..., 1], offset[..., 2]) < _SKIN_CHROMA) & (offset[..., 0] > -_SKIN_DARKER)
    return skin


def _share_by_cell(mask: np.ndarray) -> np.ndarray:
    height, width = mask.shape
    cells = mask.reshape(height // _EAR_CELL, _EAR_CELL, width // _EAR_CELL, _EAR_CELL)
    share: np.ndarray = cells.mean(axis=(1, 3))
    return share
