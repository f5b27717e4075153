"""Inconsistent lighting: does one light explain both halves of the face?

Physical fact: the light that a convex matt surface reflects is close to a second-order spherical-harmonic function of
its normal (Basri, Jacobs 2003; Ramamoorthi, Hanrahan 2001), so the fit made on one part of a face predicts the rest.
A generator that paints cheek by cheek owes no such consistency.

Region: bare skin at the vertices of the face mesh (no eyes, lips, brows; not clipped; near the cheeks' colour), at IOD
64 px, in linear light; normals from the mesh with the head's pose put back. All compares places of one face, so that
exposure and skin tone cancel.

Measures: I/median(I) is fitted by b . Y(n), 9 harmonics with ridge 0.01 N and Huber weights (k = 1.345).
    lighting_residual: mean shortfall of ln I below such a fit of ln I, on which what lies above it weighs a tenth:
        highlights are not matt, and stand out the more the darker skin is;
    lighting_cross_sides: ln of the mean error of predicting each half from the other's fit, over twice the whole-face
        residual (Kee, Farid 2010, for harmonics on a 3-D face; Peng et al. 2017);
    lighting_red: the same in red, where blood shows least;
    lighting_direction: |b_1|/b_0 of the first-order fit: 0 in flat light;
    lighting_pairs: mean distance of ln I_left - ln I_right of mirrored vertices from the line c + a n_x, less weight on
        highlights;
    lighting_step: jump of that at the midline, at mirrored places beside the nose, over the spread of the places and
        how directed the light is: light that comes from one place on one half, from another on the other. For
        information: photos of a camera jump as far as generated ones;
    lighting_catchlight: angle between the side of the catchlights and that of the shading (Johnson, Farid 2007). Rooms
        with many lamps set them further apart than generators do;
    lighting_neck: brighter side of the neck against the lit side of the face, for heads that were put on: for
        information, as generators contradict themselves there no more often than rooms do.

Innocent causes: two-light studios, coloured gels, dappled light, contouring make-up, dodge-and-burn retouching, phone
relighting, hair shadows, beards, reflecting collars. Turned heads, flat light and faces with little bare skin abstain.
"""

from __future__ import annotations

import numpy as np

from artifact_check.cues import Abstained, Cue, Measure, Reading, moved, require_size
from artifact_check.cues.lighting import catchlights, fit, midline, neck, sides
from artifact_check.cues.lighting.light import LUMINANCE, at, lab_of, linear, log_of
from artifact_check.cues.lighting.vertices import bare_skin
from artifact_check.face import Face, drawn, texture
from artifact_check.results import Evidence

_IOD = 64.0  # px
_MIN_IOD = 48.0
_MAX_YAW = 30.0  # degrees
_MAX_PITCH = 25.0
_MIN_VERTICES = 90  # of 318
_FLAT = 0.08  # |b_1|/b_0 under which no direction can be told


def measure_lighting(face: Face) -> Reading:
    """See the module's docstring.

    Raises:
        Abstained: face too small or turned away, too little bare skin, or light too flat to have a direction.
    """
    yaw, pitch, _ = face.pose
    require_size(face, _MIN_IOD)
    if abs(yaw) > _MAX_YAW or abs(pitch) > _MAX_PITCH:
        raise Abstained(f"the head is turned too far to compare its sides (yaw {yaw:.0f}, pitch {pitch:.0f} degrees)")
    view = face.view(_IOD)
    vertices = view.landmarks[:468]
    picture = linear(view.pixels)  # means over about 0.05 IOD
    light = at(vertices, picture)
    lab = lab_of(light)
    usable = bare_skin(lab, face.normals)
    if np.count_nonzero(usable) < _MIN_VERTICES:
        raise Abstained("too little bare, evenly coloured skin is visible")
    light = light[usable]
    luma = light @ LUMINANCE
    basis = fit.harmonics(face.normals[usable])
    first = fit.first_order(basis, luma)
    direction = float(np.linalg.norm(first[1:4]) / max(abs(first[0]), 1e-6))
    if direction < _FLAT:
        raise Abstained("the light is too flat to have a direction")
    beyond = fit.beyond_one_light(basis, luma)
    values = {"lighting_direction": direction, "lighting_residual": float(np.mean(np.maximum(-beyond, 0)))}
    values |= sides.cross_predictions(basis, luma, light[:, 0], usable)
    values |= sides.mirrored_pairs(face.normals[:, 0], luma, beyond, usable)
    redness = texture.median(log_of(light[:, 0]) - log_of(light[:, 1]))
    values |= midline.step(picture, vertices, face.normals, redness, direction)
    values |= catchlights.angle_to_shading(face, first[1:4])
    values |= neck.brighter_side(view, picture, texture.medians(lab[usable]), first)
    return Reading(values, lambda: _evidence(face, first[1:4], direction))


def _evidence(face: Face, light: np.ndarray, direction: float) -> tuple[Evidence, ...]:
    """An arrow from the side the light comes from to the middle of the face."""
    middle = face.landmarks[:468].mean(axis=0)
    towards = light[:2] * (1, -1) / max(float(np.linalg.norm(light)), 1e-6)
    start = middle + towards * face.iod * (0.8 + min(direction, 1.0))
    return (Evidence("arrow", ("lighting_",), "light comes from here", drawn(np.array([start, middle]))),)


_RATIO = "ln ratio"
_MEASURES = (
    Measure("lighting_direction", "ratio", 0, 1e4, "either", "How directed the light on the face is."),
    Measure(
        "lighting_residual", _RATIO, 0, 12, "artificial", "How much of the face is darker than one light makes it."
    ),
    Measure(
        "lighting_cross_sides", _RATIO, -9, 12, "artificial", "How badly the light on one side explains the other side."
    ),
    Measure(
        "lighting_step",
        "ratio",
        0,
        1e3,
        "artificial",
        "How far the light jumps at the middle of the face.",
        scored=False,
    ),
    Measure(
        "lighting_pairs", _RATIO, 0, 12, "artificial", "How much mirrored places of the face differ beyond one light."
    ),
    Measure(
        "lighting_red", _RATIO, -9, 12, "artificial", "How badly, in red, the light on one side explains the other."
    ),
    Measure(
        "lighting_neck",
        _RATIO,
        -12,
        12,
        "artificial",
        "How much brighter the neck is on the side away from the light on the face.",
        scored=False,
    ),
    Measure(
        # Not scored: differs by 0.6 standard deviations between dark and light skin, corrected for tone.
        "lighting_catchlight",
        "degree",
        0,
        180,
        "either",
        "How far apart the sides of catchlights and of shading are.",
        scored=False,
    ),
)

_MOVED_BY = {"half_relit": ("lighting_step",), "neck_relit": ("lighting_neck",)}

CUE = Cue(
    name="lighting",
    version=2,
    title="Lighting",
    advice="The light on the face looks unlike that of most camera photos; compare cheeks and nose.",
    measures=moved(_MEASURES, _MOVED_BY),
    measure=measure_lighting,
)
