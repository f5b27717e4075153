"""What a comparison says, in English."""

from __future__ import annotations

import numpy as np

from artifact_check.phrase import Phrase

TITLES = {
    "eye_colour": "Eye colour",
    "skin_tone": "Skin tone",
    "jaw": "Jaw",
    "eye_size": "Size of the eyes",
    "nose": "Nose",
    "smoothness": "Smoothness of the skin",
    "beard": "Beard",
    "glasses": "Glasses",
    "lips": "Colour of the lips",
    "teeth": "Colour of the teeth",
    "marks": "Marks on the skin",
}
_LOWER_AND_HIGHER = {  # of the trait's number
    "skin_tone": ("Your skin is darker", "Your skin is lighter"),
    "jaw": ("Your jaw is narrower", "Your jaw is wider"),
    "eye_size": ("Your eyes are smaller", "Your eyes are larger"),
    "nose": ("Your nose is narrower", "Your nose is wider"),
    "smoothness": ("Your skin is smoother", "Your skin is rougher"),
    "beard": ("Less beard shows", "More beard or shadow shows"),
    "glasses": ("Glasses show less", "Glasses show more"),
    "lips": ("Your lips are paler", "Your lips are redder"),
    "teeth": ("Your teeth are whiter", "Your teeth are yellower"),
}
_EYES = ("Your eyes are browner", "Your eyes are greener", "Your eyes are bluer")
ADVICE = (
    "If the headshot should look like you, use another result, or tell the service what it changed.",
    "Where people will meet you, or decide about you, say that the picture was altered.",
)
ANOTHER_FACE = (
    "This shows another face than the other photos, or one too different to compare. Give photos of one person, taken "
    "within a few years."
)

ONLY_ITSELF = "The only photo to compare with is the headshot itself. Give other photos of the same person."


def several_faces(count: int) -> str:
    return Phrase("{count:number} faces were found; crop the photo to one face.", count=count)


def wrong_number(most: int, given: int) -> str:
    return Phrase("Give 1 to {most:number} photos to compare with, not {given:number}.", most=most, given=given)


def changed(name: str, difference: np.ndarray, references: int) -> str:
    """What changed, by the `difference` (K,) of a trait, against the `references` that show it."""
    said = _eyes(difference) if name == "eye_colour" else _LOWER_AND_HIGHER[name][int(difference[0] > 0)]
    return Phrase(f"{said} than in {{photos:text}}.", photos=_photos(references))


def unchanged(name: str) -> str:
    return Phrase("{title:text}: no change found.", title=TITLES[name])


def unchanged_above(name: str, smallest: float) -> str:
    """No change of at least `smallest` %, which is as likely found as not."""
    return Phrase(
        "{title:text}: no change found; one under {share:number} may be missed.",
        title=TITLES[name],
        share=f"{smallest:.0f} %",
    )


def not_seen(name: str) -> str:
    return Phrase("{title:text}: not seen well enough to compare.", title=TITLES[name])


def lost(place: tuple[float, float]) -> str:
    """A mark at a place of the canonical face (cm) that the references show."""
    return Phrase("A mark {where:text} is missing.", where=_where(place))


def new(place: tuple[float, float]) -> str:
    return Phrase("A mark {where:text} is new.", where=_where(place))


def likeness(nearest: float, low: float, high: float, *, own: bool) -> str:
    return Phrase(
        "Your photos differ from each other by {low:number} to {high:number}; "
        "the headshot differs by {nearest:number} from the nearest."
        if own
        else "Photos of one person usually differ by {low:number} to {high:number}; "
        "the headshot differs by {nearest:number} from the nearest of yours.",
        low=f"{low:.2f}",
        high=f"{high:.2f}",
        nearest=f"{nearest:.2f}",
    )


def _photos(count: int) -> str:
    return "your photo" if count == 1 else Phrase("your {count:number} photos", count=count)


def _eyes(difference: np.ndarray) -> str:
    """By the direction in CIELAB's a and b: a quarter towards blue, one towards green, and half towards brown."""
    browner, greener, bluer = _EYES
    angle = np.degrees(np.arctan2(difference[1], difference[0]))
    if -135 <= angle < -45:  # noqa: PLR2004
        return bluer
    return browner if -45 <= angle < 135 else greener  # noqa: PLR2004


def _where(place: tuple[float, float]) -> str:
    x, y = place  # cm; +x the subject's left, +y up
    if y > 3.5:  # noqa: PLR2004 - above the brows
        return "on the forehead"
    if y < -5.5:  # noqa: PLR2004 - below the lips
        return "on the chin"
    if abs(x) < 1.4:  # noqa: PLR2004 - half a nose
        return "on the nose or above the lips"
    return "on the left cheek" if x > 0 else "on the right cheek"
