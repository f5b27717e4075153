"""Inconsistent lighting: does one light explain both halves of the face?

Physical fact: the light reflected by a convex matt surface is nearly a second-order spherical-harmonic function of its
normal (Basri, Jacobs 2003; Ramamoorthi, Hanrahan 2001), so a fit on one part of a face predicts the rest. A generator
that paints cheek by cheek need not be consistent.

Region: bare skin at vertices of the face mesh (no eyes, lips, brows; not clipped; near the colour of the cheeks), at
IOD 64 px, in linear light, with the mesh's normals in the camera's frame. All measures compare parts of one face, so
exposure and skin tone cancel.

Measures: b is the fit of I/median(I) to b . Y(n), 9 harmonics, with ridge 0.01 N and Huber weights (k = 1.345).
    lighting_residual: mean shortfall of ln I below such a fit of ln I. Points above the fit have a tenth of the weight,
        because highlights are specular and stronger on darker skin;
    lighting_cross_sides: ln of the mean error of predicting each half from the other's fit, over twice the residual on
        the whole face (Kee, Farid 2010, for harmonics on a 3-D face; Peng et al. 2017);
    lighting_red: the same in red, where blood is least visible;
    lighting_direction: |b_1|/b_0 of the first-order fit: 0 in flat light;
    lighting_pairs: mean distance of ln I_left - ln I_right of mirrored vertices from the line c + a n_x, with a smaller
        weight in highlights;
    lighting_step: jump of that difference at the midline, at mirrored points beside the nose, relative to its spread
        and to how directed the light is: high if the halves are lit from different directions;
    lighting_catchlight: angle between the directions of the catchlights and of the shading (Johnson, Farid 2007);
    lighting_neck: brighter side of the neck against the lit side of the face, to detect swapped heads.

The last three are shown for information: camera photos have values as high as generated ones.

Innocent causes: two-light studios, several lamps, coloured gels, dappled light, contouring make-up, dodge-and-burn
retouching, phone relighting, hair shadows, beards, reflecting collars. The cue abstains on turned heads, flat light and
faces with little bare skin.
"""

from __future__ import annotations

import numpy as np

from artifact_check.cues import Abstained, Cue, Measure, Reading, require_frontal, require_size
from artifact_check.cues.lighting import catchlights, fit, midline, neck, sides
from artifact_check.cues.lighting.light import LUMINANCE, lab_of, linear, log_of, sample
from artifact_check.cues.lighting.vertices import bare_skin
from artifact_check.face import CANONICAL_IOD, MIN_DETAIL_IOD, Face, evidence_points, regions, texture
from artifact_check.results import Evidence

_MAX_YAW = 30.0  # degrees
_MAX_PITCH = 25.0
_MIN_VERTICES = 90  # of 318
_MIN_DIRECTION = 0.08  # |b_1|/b_0; below it the light has no direction


def measure_lighting(face: Face) -> Reading:
    """See the module's docstring.

    Raises:
        Abstained: the face is too small, turned too far or mostly covered, or the light is too flat.
    """
    require_size(face, MIN_DETAIL_IOD)
    require_frontal(face, yaw=_MAX_YAW, pitch=_MAX_PITCH, subject="sides")
    view = face.view(CANONICAL_IOD)
    vertices = view.landmarks[: regions.MESH_SIZE]
    picture = linear(view.pixels)  # means over about 0.05 IOD
    light = sample(vertices, picture)
    lab = lab_of(light)
    usable = bare_skin(lab, face.normals)
    if np.count_nonzero(usable) < _MIN_VERTICES:
        raise Abstained("too little bare, evenly coloured skin is visible")
    light = light[usable]
    luma = light @ LUMINANCE
    basis = fit.harmonics(face.normals[usable])
    first = fit.first_order(basis, luma)
    direction = float(np.linalg.norm(first[1:4]) / max(abs(first[0]), 1e-6))
    if direction < _MIN_DIRECTION:
        raise Abstained("the light is too flat to have a direction")
    beyond = fit.beyond_one_light(basis, luma)
    values = {"lighting_direction": direction, "lighting_residual": float(np.mean(np.maximum(-beyond, 0)))}
    values |= sides.cross_predictions(basis, luma, light[:, 0], usable)
    values |= sides.mirrored_pairs(face.normals[:, 0], luma, beyond, usable)

    def beside_the_fit() -> dict[str, float]:
        redness = texture.median(log_of(light[:, 0]) - log_of(light[:, 1]))
        return (
            midline.step(picture, vertices, face.normals, redness, direction)
            | catchlights.angle_to_shading(face, first[1:4])
            | neck.brighter_side(view, picture, texture.medians(lab[usable]), first)
        )

    return Reading(values, lambda: _evidence(face, first[1:4], direction), informative=beside_the_fit)


def _evidence(face: Face, light: np.ndarray, direction: float) -> tuple[Evidence, ...]:
    """An arrow that points from the light to the middle of the face."""
    middle = face.landmarks[: regions.MESH_SIZE].mean(axis=0)
    towards = light[:2] * (1, -1) / max(float(np.linalg.norm(light)), 1e-6)
    start = middle + towards * face.iod * (0.8 + min(direction, 1.0))
    return (Evidence("arrow", ("lighting_",), "light comes from here", evidence_points(np.array([start, middle]))),)


_MEASURES = (
    Measure(
        key="lighting_direction",
        name="directed light on the face",
        unit="ratio",
        low=0,
        high=1e4,
        suggests="either",
        sentence="How directed the light on the face is.",
    ),
    Measure(
        key="lighting_residual",
        name="shadows that do not fit",
        unit="ln ratio",
        low=0,
        high=12,
        suggests="artificial",
        sentence="How much of the face is darker than one light makes it.",
    ),
    Measure(
        key="lighting_cross_sides",
        name="light mismatch between face halves",
        unit="ln ratio",
        low=-9,
        high=12,
        suggests="artificial",
        sentence="How badly the light on one side explains the other side.",
    ),
    Measure(
        key="lighting_step",
        name="light jump at the nose",
        unit="ratio",
        low=0,
        high=1e3,
        suggests="artificial",
        sentence="How far the light jumps at the middle of the face.",
        scored=False,
        moved_by=("half_relit",),
    ),
    Measure(
        key="lighting_pairs",
        name="light mismatch between face halves",
        unit="ln ratio",
        low=0,
        high=12,
        suggests="artificial",
        sentence="How much mirrored places of the face differ beyond one light.",
    ),
    Measure(
        key="lighting_red",
        name="light mismatch between face halves",
        unit="ln ratio",
        low=-9,
        high=12,
        suggests="artificial",
        sentence="How badly, in red, the light on one side explains the other.",
    ),
    Measure(
        key="lighting_neck",
        name="light mismatch of the neck",
        unit="ln ratio",
        low=-12,
        high=12,
        suggests="artificial",
        sentence="How much brighter the neck is on the side away from the light on the face.",
        scored=False,
        moved_by=("neck_relit",),
    ),
    # Not scored: dark and light skin differ by 0.6 standard deviations, after the correction for skin tone.
    Measure(
        key="lighting_catchlight",
        name="light mismatch in the eyes",
        unit="degree",
        low=0,
        high=180,
        suggests="either",
        sentence="How far reflections and shading disagree about where the light comes from.",
        scored=False,
    ),
)

CUE = Cue(
    name="lighting",
    version=2,
    title="Lighting",
    innocent="several lamps, a studio, make-up, or a phone's portrait light",
    measures=_MEASURES,
    measure=measure_lighting,
)
