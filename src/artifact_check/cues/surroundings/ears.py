"""Ears, and what hangs from them."""

from __future__ import annotations

import numpy as np

from artifact_check.cues.surroundings.level import SIDES, Level, Seen, outlined
from artifact_check.face import Face, View, regions, texture

_MAX_TURN = 12.0  # degrees of yaw
_EAR, _EAR_CELL, _EAR_OUTWARDS = (32, 56), 8, 8.0  # px: size, cell, from the tragus to the middle of the patch
_LOBE, _LOBE_OUTWARDS, _LOBE_DOWN = (16, 20), 4.0, 34.0  # px
_MIN_SKIN = 0.35  # share of an ear's patch
_SKIN_CHROMA, _SKIN_DARKER = 12.0, 30.0  # CIELAB distance in a, b, and in L, up to which a pixel is skin
_NOTHING_HANGS = 2.0  # grey levels


def look(level: Level, face: Face) -> list[Seen]:
    """Ears and earrings, where both ears show."""
    points = level.view.landmarks
    centres = [points[tragus] + level.across * outwards * _EAR_OUTWARDS for _, tragus, outwards in SIDES]
    if abs(face.pose[0]) > _MAX_TURN or not face.coloured or not all(level.shows(c, _EAR) for c in centres):
        return []
    usual = _cheek_colour(level.view)
    skin = [_skin(level.patch(level.view.lab, c, _EAR, mirrored=i == 1), usual) for i, c in enumerate(centres)]
    if min(part.mean() for part in skin) < _MIN_SKIN:
        return []
    right, left = (level.patch(level.view.luma, c, _EAR, mirrored=i == 1) for i, c in enumerate(centres))
    unlike, weight = texture.unlikeness(right, left, _EAR_CELL)
    weight = weight * np.minimum(*(_share_by_cell(part) for part in skin))
    if weight.sum() <= 0:
        return []
    outlines = tuple(outlined(level, "surroundings_ears", "ear", centre, _EAR) for centre in centres)
    seen = [Seen("surroundings_ears", float((unlike * weight).sum() / weight.sum()), outlines)]
    return seen + _earrings(level)


def _earrings(level: Level) -> list[Seen]:
    key, view = "surroundings_earrings", level.view
    centres = [
        view.landmarks[tragus] + level.across * outwards * _LOBE_OUTWARDS + level.down * _LOBE_DOWN
        for _, tragus, outwards in SIDES
    ]
    if not all(level.shows(centre, _LOBE) for centre in centres):
        return []
    right, left = (float(level.patch(level.ridges, centre, _LOBE).std()) for centre in centres)
    ratio = abs(float(np.log2((right + _NOTHING_HANGS) / (left + _NOTHING_HANGS))))
    return [Seen(key, ratio, tuple(outlined(level, key, "below the ear", centre, _LOBE) for centre in centres))]


def _cheek_colour(view: View) -> np.ndarray:
    """(3,) median CIELAB colour at the vertices of both cheeks."""
    vertices = np.concatenate([regions.shading_vertices(name) for name in ("R_cheek", "L_cheek")])
    height, width = view.pixels.shape[:2]
    columns, rows = np.floor(view.landmarks[vertices]).astype(np.intp).T
    colours = view.lab[np.clip(rows, 0, height - 1), np.clip(columns, 0, width - 1)]
    return texture.medians(colours)


def _skin(lab: np.ndarray, usual: np.ndarray) -> np.ndarray:
    """(H, W) bool: the colour of the cheeks, and not much darker."""
    away = lab - usual.astype(np.float32)
    skin: np.ndarray = (np.hypot(away[..., 1], away[..., 2]) < _SKIN_CHROMA) & (away[..., 0] > -_SKIN_DARKER)
    return skin


def _share_by_cell(mask: np.ndarray) -> np.ndarray:
    height, width = mask.shape
    cells = mask.reshape(height // _EAR_CELL, _EAR_CELL, width // _EAR_CELL, _EAR_CELL)
    share: np.ndarray = cells.mean(axis=(1, 3))
    return share
