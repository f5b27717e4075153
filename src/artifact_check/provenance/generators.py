"""How each image generator writes down what it did: its keywords and syntax, after the generators' own sources.

Only a statement that the picture was made from text is "made". From image to image, upscaling and restoration of faces
may have started with a photo ("processed"), and so may what the settings leave open ("open").
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from artifact_check.provenance.bounded_json import json_object
from artifact_check.provenance.comfyui_graph import Origin, origin

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_MAX_SETTINGS = 20_000  # characters of one line of settings

# Models that change a picture rather than make one, by what their files are called.
_EDITING_MODEL = re.compile(r"kontext|edit|inpaint|fill|tile|ip2p|pix2pix", re.IGNORECASE)


class Found(NamedTuple):
    """Which generator left a text, and how it came to the picture."""

    generator: str
    origin: Origin


class Fields:
    """Texts of one place by keyword; what has no keyword is called `parameters`."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self.texts = texts
        self._objects: dict[str, dict[str, Any]] = {}

    def text(self, keyword: str) -> str:
        """The text under a keyword; "" if there is none."""
        return self.texts.get(keyword, "")

    def json(self, keyword: str) -> dict[str, Any]:
        """The JSON object that the text is; empty if it is none."""
        if keyword not in self._objects:
            self._objects[keyword] = json_object(self.text(keyword))
        return self._objects[keyword]


def recognised(fields: Fields) -> Found | None:
    """Return what the first generator that knows these texts says."""
    return next((found for generator in _GENERATORS if (found := generator(fields)) is not None), None)


# --- generators that write JSON


def _swarmui(fields: Fields) -> Found | None:
    """`sui_image_params`, an object inside `parameters`; an init picture leaves `initimage...` and `mask...` in it."""
    settings = fields.json("parameters").get("sui_image_params")
    if not isinstance(settings, dict) or not {"prompt", "model"} & settings.keys():
        return None
    keys = [key.lower() for key in settings]
    if any(key.startswith(("initimage", "mask", "inpaint", "promptimage", "videoinit")) for key in keys):
        return Found("SwarmUI", "processed")
    is_open = _edits(settings) or any("workflow" in key for key in keys)
    return Found("SwarmUI", "open" if is_open else "made")


def _fooocus(fields: Fields) -> Found | None:
    """`fooocus_scheme` beside `parameters`, or an object that names its version or scheme.

    The same settings are written for a picture from text, a varied one and an inpainted one.
    """
    settings = fields.json("parameters") or fields.json("Comment")
    named = str(settings.get("version", "")).lower().startswith("fooocus") or settings.get("metadata_scheme") in {
        "fooocus",
        "a1111",
    }
    if fields.text("fooocus_scheme") in {"fooocus", "a1111"} or (named and "prompt" in settings):
        return Found("Fooocus", "open")
    return None


_INVOKEAI = "InvokeAI"
_DREAM = re.compile(r'^(?P<command>!fix\b)?.*"(?P<switches>[^"]*)$', re.DOTALL)
_DREAM_SEED = re.compile(r"(?:^|\s)-S\s?\d+")
_DREAM_PICTURE = re.compile(r"(?:^|\s)(?:-I|-M|-tm|--init_img|--init_mask|-f\s?[\d.])")


def _invokeai(fields: Fields) -> Found | None:
    """`invokeai_metadata` with a `generation_mode`, before it `sd-metadata` with a `type`, first of all `Dream`."""
    if metadata := fields.json("invokeai_metadata"):
        return Found(_INVOKEAI, _invoke_origin(metadata.get("generation_mode"), metadata))
    image = fields.json("sd-metadata").get("image")
    if isinstance(image, dict):
        return Found(_INVOKEAI, _invoke_origin(image.get("type"), image))
    dream = _DREAM.match(fields.text("Dream")[:_MAX_SETTINGS])
    if dream and (dream["command"] or _DREAM_PICTURE.search(dream["switches"])):
        return Found(_INVOKEAI, "processed")
    if dream and _DREAM_SEED.search(dream["switches"]):
        return Found(_INVOKEAI, "made")
    return None


def _invoke_origin(mode: object, settings: Mapping[str, Any]) -> Origin:
    pictures = ("init_image", "init_image_path", "mask_image_path", "upscale_initial_image")
    if any(settings.get(key) for key in pictures):
        return "processed"
    if not isinstance(mode, str):
        return "unclear"
    if mode.endswith("txt2img"):
        return "open" if _edits(settings) else "made"
    return "processed" if mode.endswith(("img2img", "inpaint", "outpaint")) else "open"


def _novelai(fields: Fields) -> Found | None:
    """`Software` is NovelAI; `Comment` an object whose `request_type` tells, before that a `strength`."""
    if fields.text("Software") != "NovelAI":
        return None
    settings = fields.json("Comment")
    match settings.get("request_type"):
        case "PromptGenerateRequest":
            return Found("NovelAI", "made")
        case "Img2ImgRequest" | "NativeInfillingRequest":
            return Found("NovelAI", "processed")
        case None if "seed" in settings and "uc" in settings and "strength" not in settings:
            return Found("NovelAI", "made")
    return Found("NovelAI", "open")


_EASY_KEYS = (
    ("prompt", "seed", "use_stable_diffusion_model", "num_inference_steps"),
    ("Prompt", "Seed", "Stable Diffusion model", "Steps"),
)


def _easy_diffusion(fields: Fields) -> Found | None:
    """One PNG text for each setting, or one object in UserComment; `prompt_strength` is written only for a picture.

    (Easy Diffusion, easydiffusion/utils/save_utils.py)
    """
    settings = fields.json("parameters") or fields.texts
    if not any(all(key in settings for key in keys) for keys in _EASY_KEYS):
        return None
    from_picture = any(settings.get(key) is not None for key in ("prompt_strength", "Prompt Strength", "init_image"))
    return Found("Easy Diffusion", "processed" if from_picture else "open" if _edits(settings) else "made")


def _draw_things(fields: Fields) -> Found | None:
    """An object with the prompts `c` and `uc`; a `strength` below 1 leaves something of a picture."""
    settings = fields.json("parameters")
    if not {"c", "uc", "model", "sampler", "seed", "steps"} <= settings.keys():
        return None
    match settings.get("strength"):
        case int() | float() as strength if strength < 1:
            return Found("Draw Things", "processed")
        case int() | float() if not _edits(settings):
            return Found("Draw Things", "made")
    return Found("Draw Things", "open")


def _comfyui(fields: Fields) -> Found | None:
    """`prompt` and `workflow`, or either inside one object in UserComment."""
    whole = fields.json("parameters")
    prompt, workflow = (
        fields.json(keyword) or _object(whole.get(keyword, whole)) for keyword in ("prompt", "workflow")
    )
    how = origin(prompt, workflow)
    return None if how is None else Found("ComfyUI", how)


def _object(value: object) -> dict[str, Any]:
    """An object, or the one that a text is."""
    if isinstance(value, str):
        return json_object(value)
    return value if isinstance(value, dict) else {}


def _edits(settings: Mapping[str, Any]) -> bool:
    """Whether a model that changes pictures took part."""
    return any(
        "model" in str(key).lower() and _EDITING_MODEL.search(str(value)[:1000]) for key, value in settings.items()
    )


# --- generators that write lines

_WEBUI = "Stable Diffusion WebUI"
_SETTING = re.compile(r'([\w \-/]{1,60}):\s?("(?:\\.|[^\\"])*"|[^,]*)(?:,|$)')
_POSTPROCESSING = re.compile(
    r"\s{0,9}(?:Postprocess [\w ]{1,40}:|Upscale: ?\d|(?:GFPGAN|CodeFormer) visibility:)", re.IGNORECASE
)
_FROM_PICTURE = re.compile(r"img2img|inpaint|outpaint", re.IGNORECASE)
_KNOWN_VERSION = re.compile(r"v?\d|f\d|neo|classic|<none>")


def _webui(fields: Fields) -> Found | None:
    """Stable Diffusion WebUI, Forge and their like: `parameters`, whose last lines are the settings.

    (AUTOMATIC1111, modules/processing.py, create_infotext.) `Denoising strength` is written when a picture was the
    start, and for the second pass of text-to-image, which names its `Hires ...` too. The Extras tab, which upscales and
    restores any picture, writes `postprocessing`.
    """
    settings = _settings(fields.text("parameters"))
    if settings:
        return Found(_webui_name(settings), _webui_origin(settings))
    extras = ("postprocessing", "extras", "parameters")
    if any(_POSTPROCESSING.match(fields.text(keyword)) for keyword in extras):
        return Found(_WEBUI, "processed")
    return None


def _settings(text: str) -> dict[str, str]:
    """The line "Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1, ..." by its names; empty if there is none."""
    start = max(text.rfind("\nSteps: ") + 1, 0)
    line = text[start : start + _MAX_SETTINGS]
    if not line.startswith("Steps: "):
        return {}
    settings = {key.strip(): value.strip() for key, value in _SETTING.findall(line)}
    numbers = (settings.get("Steps", ""), settings.get("Seed", ""))
    return settings if all(number.isdecimal() for number in numbers) and "Sampler" in settings else {}


def _webui_name(settings: Mapping[str, str]) -> str:
    version = settings.get("Version", "")
    if re.match(r"f\d|neo", version):
        return f"{_WEBUI} Forge"
    other = re.match(r"ComfyUI|Fooocus", version)
    return settings.get("App") or (other[0] if other else _WEBUI)


def _webui_origin(settings: Mapping[str, str]) -> Origin:
    told = {key: value for key, value in settings.items() if "prompt" not in key.lower()}
    steering = [told.pop(key) for key in tuple(told) if key.startswith("ControlNet")]
    second_pass = any(key.startswith(("Hires", "First pass size")) for key in told)
    if (
        ("Denoising strength" in told and not second_pass)
        or any(key.startswith(("Init ", "Mask ", "Inpaint")) for key in told)
        or any(_FROM_PICTURE.search(value) for key, value in told.items() if "model" not in key.lower())
    ):
        return "processed"
    kept = any(_EDITING_MODEL.search(value) for value in steering)  # a ControlNet that keeps the photo it is shown
    return "made" if _writes_all(told) and not kept and not _edits(told) else "open"


def _writes_all(settings: Mapping[str, str]) -> bool:
    """Whether this is the WebUI itself, which always tells of a picture that was the start; others leave it out."""
    version = settings.get("Version", "")
    known = not version or _KNOWN_VERSION.match(version) or settings.get("Operations", "").startswith("txt2img")
    return bool(known) and "CFG scale" in settings


_JOB = re.compile(r"Job ID: [0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\s*$")
_JOB_FLAG = re.compile(
    r"--(?:v|version|niji|ar|aspect|style|stylize|s|c|chaos|q|quality|seed|raw|profile|p|weird|hd|test|testp|tile)\b"
)


def _midjourney(fields: Fields) -> Found | None:
    """`Description` is the prompt with its flags and ends in the job's id; it may begin with a picture's address."""
    description = fields.text("Description")[-_MAX_SETTINGS:]
    if not _JOB.search(description) or not _JOB_FLAG.search(description):
        return None
    return Found("Midjourney", "open" if re.match(r"\s*<?https?://", description) else "made")


# A file that ComfyUI saved may carry the WebUI's lines too, which do not tell where its picture began.
_GENERATORS: tuple[Callable[[Fields], Found | None], ...] = (
    _swarmui,
    _fooocus,
    _invokeai,
    _novelai,
    _easy_diffusion,
    _draw_things,
    _comfyui,
    _webui,
    _midjourney,
)
