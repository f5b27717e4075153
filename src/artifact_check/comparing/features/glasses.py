"""Whether glasses are worn: log2 of the weakest of three ridges, across the nose and below either eye.

Each is the strongest horizontal ridge of a patch, in log2 luma, band-passed from 1.4 to 5.6 px at an interocular
distance of 64 px. *Innocent causes:* glasses that were put on or taken off; thin rims do not show.
"""

from __future__ import annotations

import numpy as np

from artifact_check.comparing.traits import Seen, Trait, is_turned
from artifact_check.face import CANONICAL_IOD, MIN_DETAIL_IOD, Face, LevelView, regions

_BRIDGE, _RIM = (9, 30), (20, 30)  # px, width and height of the patches
_BRIDGE_DOWN, _RIM_DOWN = 2.0, 26.0  # px from the irides
_FLOOR = 0.03  # log2 luma; what skin shows


def _measure(face: Face) -> Seen | None:
    if is_turned(face) or face.iod < MIN_DETAIL_IOD:
        return None
    level = LevelView.of(face.view(CANONICAL_IOD))
    ridges = level.view.log_bands[1] + level.view.log_bands[2]
    irides = level.view.landmarks[[*regions.IRIDES]]
    patches = [
        (irides.mean(axis=0) + level.down * _BRIDGE_DOWN, _BRIDGE),
        *((iris + level.down * _RIM_DOWN, _RIM) for iris in irides),
    ]
    if not all(level.contains(*patch) for patch in patches):
        return None
    weakest = min(float(np.abs(level.patch(ridges, *patch).mean(axis=1)).max()) for patch in patches)
    return Seen(np.log2([weakest + _FLOOR]), np.array([face.effective_resolution, np.log2(face.iod)]))


TRAIT = Trait("glasses", _measure, regions.IRIDES)
