"""Controlled vocabulary: the IPTC's source types, credit lines, and names of generators and editors.

Source types are from https://cv.iptc.org/newscodes/digitalsourcetype/, with retired terms, and the one that C2PA adds
(https://c2pa.org/digitalsourcetype/). A program's name counts only at the beginning of a field for such names, and a
generator's only if nothing but a version follows it.
"""

from __future__ import annotations

import re

from artifact_check.provenance.text import printable
from artifact_check.results import Says

# Writers differ in scheme, port and case, double a slash, and add a slash, a query or a fragment to a term.
_SOURCE_TYPE = re.compile(
    r"(?:(?:https?://)?(?:cv\.iptc\.org(?::80|:443)?/+newscodes|c2pa\.org(?::80|:443)?)/+digitalsourcetype/+|digsrctype:)?"
    r"\s*([a-z]+)/?(?:[?#]\S*)?",
    re.IGNORECASE,
)

_SAYS: dict[str, Says] = {
    "trainedAlgorithmicMedia": "ai_generated",
    "trainedAlgorithmicData": "ai_generated",
    "compositeWithTrainedAlgorithmicMedia": "ai_edited",
    "compositeSynthetic": "ai_edited",
    "digitalCapture": "camera",
    "computationalCapture": "camera",
    "negativeFilm": "camera",
    "positiveFilm": "camera",
    "print": "camera",
    "compositeCapture": "edited",
    "composite": "edited",
    "humanEdits": "edited",
    "minorHumanEdits": "edited",  # retired
    "algorithmicallyEnhanced": "edited",
    # From neither a camera nor a trained model: reports show their names.
    "digitalCreation": "unknown",
    "digitalArt": "unknown",  # retired
    "dataDrivenMedia": "unknown",
    "algorithmicMedia": "unknown",
    "virtualRecording": "unknown",
    "screenCapture": "unknown",
    "softwareImage": "unknown",  # retired
}

_TERMS = {name.lower(): name for name in _SAYS}

_CREDITS: dict[str, tuple[Says, str]] = {
    "made with google ai": ("ai_generated", "Google AI"),
    "made by google ai": ("ai_generated", "Google AI"),
    "edited with google ai": ("ai_edited", "Google AI"),
    "apple photos clean up": ("ai_edited", "Apple Photos Clean Up"),
    "apple image playground": ("ai_generated", "Apple Image Playground"),
}

# Names of November 2026, in files and in their makers' manifests. Programs that only generate pictures; the name of one
# that also edits photos, such as Adobe Firefly, proves less.
_GENERATORS = (
    "bing image creator", "craiyon", "dall-e", "dall·e", "dalle", "dreamstudio", "ideogram", "ideogram ai", "imagefx",
    "midjourney", "nightcafe", "novelai", "stable diffusion", "stablediffusion",
)  # fmt: skip
_AI_PROGRAMS = ("adobe firefly", "microsoft designer", "leonardo.ai")
# Agents in Content Credentials that only generate pictures.
_AI_AGENTS = (
    *_GENERATORS,
    "amazon nova canvas", "amazon titan image generator", "azure openai dall-e", "azure openai gpt-image",
    "azure openai imagegen", "flux", "google generative ai", "google imagen", "gpt-4o", "gpt-image",
    "image creator from designer", "image creator from microsoft designer", "imagen 2", "imagen 3", "imagen 4",
    "openai dall-e", "openai gpt-image", "recraft", "stable image",
)  # fmt: skip
# What may follow such a name: versions and variants. Any other word makes it another program, such as a detector.
_VARIANT = re.compile(
    r"(?:[\s/_:,;.()\[\]-]+(?:[a-z]{0,2}\d[a-z0-9]*|c2pa|com|core|dev|diffusion|fast|forge|generate|generation|hd|image"
    r"|large|lightning|max|medium|mini|model|niji|pro|rs|schnell|standard|turbo|ultra|v|version|web|webui|ui|xl))*[\s)\].]*"
)
_EDITORS = (
    "acdsee", "adobe", "affinity", "airbrush", "aperture", "b612", "beautycam", "beautyplus", "camera raw", "canva",
    "capture one", "darktable", "digikam", "dxo", "evoto", "faceapp", "facelab", "facetune", "faceu", "fotor", "gimp",
    "imagen ai", "instagram", "krita", "lensa", "lightroom", "luminar", "meitu", "on1", "paint.net", "paintshop",
    "peachy", "photodirector", "photolab", "photolemur", "photopea", "photoroom", "photoscape",
    "photoshop", "picasa", "picsart", "pixelmator", "pixlr", "polarr", "portraitpro", "portrait pro", "rawtherapee",
    "remini", "retouch4me", "skylum", "snapseed", "snow", "sweet selfie", "topaz", "ulike", "vsco", "youcam",
)  # fmt: skip


def source_type(value: str) -> tuple[Says, str]:
    """Return the meaning of a DigitalSourceType and its display text: a known term's name, or the value as written."""
    value = value.strip()
    written = _SOURCE_TYPE.fullmatch(value)
    name = _TERMS.get(written[1].lower()) if written else None
    return ("unknown", value) if name is None else (_SAYS[name], name)


def credit(line: str) -> Says | None:
    """Return what a credit line says about AI; None if it says nothing about it, as most do.

    Google writes these lines in addition to DigitalSourceType, and Apple for its own edits. The whole line must match,
    in any case.
    """
    return _credited(line)[0]


def credited_generator(line: str) -> str:
    """Return the name of the generator that a credit line is about; "" if it is about none."""
    return _credited(line)[1]


def _credited(line: str) -> tuple[Says | None, str]:
    return _CREDITS.get(" ".join(line.lower().split()).rstrip("."), (None, ""))


def program(name: str) -> Says | None:
    """Return what the name of the program that wrote a picture says; None if nothing, such as a camera's name."""
    name = name.strip().lower()
    if _is_one_of(_GENERATORS, name):
        return "ai_generated"
    if _is_one_of(_AI_PROGRAMS, name):
        return "ai_edited"
    is_editor = any(name.startswith(known) and not name[len(known) : len(known) + 1].isalpha() for known in _EDITORS)
    return "edited" if is_editor else None


def is_ai_agent(name: str) -> bool:
    """Whether an agent that Content Credentials name, without stating a source type, only generates pictures."""
    return _is_one_of(_AI_AGENTS, name.strip().lower())


def _is_one_of(names: tuple[str, ...], name: str) -> bool:
    """Whether a name is one of these, or one with its version."""
    return any(name.startswith(known) and _VARIANT.fullmatch(name, len(known)) for known in names)


def maker(says: Says, name: str) -> str:
    """Return the name of a program that a file says made or edited it with AI; "" for any other program."""
    return printable(name.strip(), 60) if says.startswith("ai_") else ""
