"""The keywords and syntax in which each image generator records its settings, taken from the generators' source code.

Only a picture that its settings say was made from text is "made". Image-to-image, upscaling and face restoration may
have started from a photo ("processed"). So may a picture whose settings do not say ("open").
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from artifact_check.provenance.bounded_json import json_object
from artifact_check.provenance.comfyui_graph import Origin, trace
from artifact_check.provenance.limits import MAX_SETTINGS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# Models that edit a picture, by their file names.
_EDITING_MODEL = re.compile(r"kontext|edit|inpaint|fill|tile|ip2p|pix2pix", re.IGNORECASE)


class GeneratorUse(NamedTuple):
    """A generator that left a text, and how it produced the picture."""

    generator: str
    origin: Origin


class Fields:
    """Texts that belong together, by keyword; a text without a keyword is called `parameters`."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self.texts = texts
        self._objects: dict[str, dict[str, Any]] = {}

    def text(self, keyword: str) -> str:
        """Return the text of a keyword; "" if there is none."""
        return self.texts.get(keyword, "")

    def json(self, keyword: str) -> dict[str, Any]:
        """Return the text of a keyword as a JSON object; {} if it is not one."""
        if keyword not in self._objects:
            self._objects[keyword] = json_object(self.text(keyword))
        return self._objects[keyword]


def recognise(fields: Fields) -> GeneratorUse | None:
    """Return the use of the first generator that recognises these texts; None if none does."""
    return next((found for generator in _GENERATORS if (found := generator(fields)) is not None), None)


# --- generators that write JSON


def _swarmui(fields: Fields) -> GeneratorUse | None:
    """`sui_image_params` in the object `parameters`, which until autumn 2023 was EXIF's Model in a JPEG.

    (SwarmUI, docs/Image Metadata Format.md.) Keys are names in lower case without spaces; none is always there. The
    init image is not written, but its settings are (`initimagecreativity`, `mask...`).
    """
    settings = _object(fields.json("parameters").get("sui_image_params"))
    keys = [key.lower().replace(" ", "") for key in settings]
    if not keys:
        return None
    if any(key.startswith(("initimage", "mask", "inpaint", "promptimage", "videoinit")) for key in keys):
        return GeneratorUse("SwarmUI", "processed")
    tells = bool({"prompt", "model", "seed", "steps"} & set(keys))
    is_open = not tells or _uses_editing_model(settings) or any("workflow" in key for key in keys)
    return GeneratorUse("SwarmUI", "open" if is_open else "made")


def _fooocus(fields: Fields) -> GeneratorUse | None:
    """`fooocus_scheme` next to `parameters`, or an object with Fooocus's version or scheme.

    Text-to-image, variation and inpainting all write the same settings, so the use is always "open".
    """
    settings = fields.json("parameters") or fields.json("Comment")
    named = str(settings.get("version", "")).lower().startswith("fooocus") or settings.get("metadata_scheme") in {
        "fooocus",
        "a1111",
    }
    if fields.text("fooocus_scheme") in {"fooocus", "a1111"} or (named and "prompt" in settings):
        return GeneratorUse("Fooocus", "open")
    return None


_INVOKEAI = "InvokeAI"
_DREAM = re.compile(r'^(?P<command>!fix\b)?.*"(?P<switches>[^"]*)$', re.DOTALL)
_DREAM_SEED = re.compile(r"(?:^|\s)-S\s?\d+")
_DREAM_PICTURE = re.compile(r"(?:^|\s)(?:-I|-M|-tm|--init_img|--init_mask|-f\s?[\d.])")


def _invokeai(fields: Fields) -> GeneratorUse | None:
    """`invokeai_metadata` with a `generation_mode`; in older versions `sd-metadata` with a `type`, or `Dream`."""
    if metadata := fields.json("invokeai_metadata"):
        return GeneratorUse(_INVOKEAI, _invoke_origin(metadata.get("generation_mode"), metadata))
    image = fields.json("sd-metadata").get("image")
    if isinstance(image, dict):
        return GeneratorUse(_INVOKEAI, _invoke_origin(image.get("type"), image))
    dream = _DREAM.match(fields.text("Dream")[:MAX_SETTINGS])
    if dream and (dream["command"] or _DREAM_PICTURE.search(dream["switches"])):
        return GeneratorUse(_INVOKEAI, "processed")
    if dream and _DREAM_SEED.search(dream["switches"]):
        return GeneratorUse(_INVOKEAI, "made")
    return None


def _invoke_origin(mode: object, settings: Mapping[str, Any]) -> Origin:
    pictures = ("init_image", "init_image_path", "mask_image_path", "upscale_initial_image")
    if any(settings.get(key) for key in pictures):
        return "processed"
    if not isinstance(mode, str):
        return "unclear"
    if mode.endswith("txt2img"):
        return "open" if _uses_editing_model(settings) else "made"
    return "processed" if mode.endswith(("img2img", "inpaint", "outpaint")) else "open"


def _novelai(fields: Fields) -> GeneratorUse | None:
    """`Software` is NovelAI; `Comment` is an object with a `request_type`, in older versions with a `strength`."""
    if fields.text("Software") != "NovelAI":
        return None
    settings = fields.json("Comment")
    match settings.get("request_type"):
        case "PromptGenerateRequest":
            return GeneratorUse("NovelAI", "made")
        case "Img2ImgRequest" | "NativeInfillingRequest":
            return GeneratorUse("NovelAI", "processed")
        case None if "seed" in settings and "uc" in settings and "strength" not in settings:
            return GeneratorUse("NovelAI", "made")
    return GeneratorUse("NovelAI", "open")


_EASY_KEYS = (
    ("prompt", "seed", "use_stable_diffusion_model", "num_inference_steps"),
    ("Prompt", "Seed", "Stable Diffusion model", "Steps"),
)


def _easy_diffusion(fields: Fields) -> GeneratorUse | None:
    """One PNG text per setting, or one object in UserComment; `prompt_strength` is written for image-to-image only.

    (Easy Diffusion, easydiffusion/utils/save_utils.py)
    """
    settings = fields.json("parameters") or fields.texts
    if not any(all(key in settings for key in keys) for keys in _EASY_KEYS):
        return None
    from_picture = any(settings.get(key) is not None for key in ("prompt_strength", "Prompt Strength", "init_image"))
    return GeneratorUse(
        "Easy Diffusion", "processed" if from_picture else "open" if _uses_editing_model(settings) else "made"
    )


def _draw_things(fields: Fields) -> GeneratorUse | None:
    """An object with the prompts `c` and `uc`; a `strength` below 1 means that it started from a picture."""
    settings = fields.json("parameters")
    if not {"c", "uc", "model", "sampler", "seed", "steps"} <= settings.keys():
        return None
    match settings.get("strength"):
        case int() | float() as strength if strength < 1:
            return GeneratorUse("Draw Things", "processed")
        case int() | float() if not _uses_editing_model(settings):
            return GeneratorUse("Draw Things", "made")
    return GeneratorUse("Draw Things", "open")


def _comfyui(fields: Fields) -> GeneratorUse | None:
    """`prompt` and `workflow`, as texts of their own or in one object in UserComment."""
    whole = fields.json("parameters")
    prompt, workflow = (
        fields.json(keyword) or _object(whole.get(keyword, whole)) for keyword in ("prompt", "workflow")
    )
    found = trace(prompt, workflow)
    if found is None:
        return None
    return GeneratorUse(f"ComfyUI ({found.provider})" if found.provider else "ComfyUI", found.origin)


def _object(value: object) -> dict[str, Any]:
    """Return an object, or the object that a text holds; {} for anything else."""
    if isinstance(value, str):
        return json_object(value)
    return value if isinstance(value, dict) else {}


def _uses_editing_model(settings: Mapping[str, Any]) -> bool:
    """Whether an editing model was used."""
    return any(
        "model" in str(key).lower() and _EDITING_MODEL.search(str(value)[:1000]) for key, value in settings.items()
    )


# --- generators that write lines

_WEBUI = "Stable Diffusion WebUI"
_SETTING = re.compile(r'([\w \-/]{1,60}):\s?("(?:\\.|[^\\"])*"|[^,]*)(?:,|$)')
_POSTPROCESSING = re.compile(
    r"\s{0,9}(?:Postprocess [\w ]{1,40}:|Upscale: ?\d|(?:GFPGAN|CodeFormer) visibility:)", re.IGNORECASE
)
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?|unknown|none", re.IGNORECASE)
_KNOWN_SETTINGS = frozenset(
    {
        *("App", "CFG scale", "Clip skip", "Model", "Model hash", "Operations"),
        *("Pipeline", "Sampler", "Schedule type", "Seed", "Size", "Version"),
    }
)
# Scanners and microscopes tell steps, a size, a model and a version, too.
_OWN_SETTINGS = frozenset({"CFG scale", "Clip skip", "Model hash", "Sampler", "Schedule type", "Seed"})
_SIZE = re.compile(r"\d+ ?x ?\d+")
_FEW_SETTINGS, _MANY_SETTINGS = 3, 7
_FROM_PICTURE = re.compile(r"img2img|inpaint|outpaint", re.IGNORECASE)
_KNOWN_VERSION = re.compile(r"v?\d|f\d|neo|classic|<none>")


def _webui(fields: Fields) -> GeneratorUse | None:
    """Stable Diffusion WebUI, Forge and similar: `parameters`, whose last lines are the settings.

    (AUTOMATIC1111, modules/processing.py, create_infotext.) `Denoising strength` is written for image-to-image, and for
    the second pass of text-to-image, which also writes `Hires ...`. The Extras tab, which upscales and restores any
    picture, writes `postprocessing`.
    """
    settings = _settings(fields.text("parameters"))
    if settings:
        return GeneratorUse(_webui_name(settings), _webui_origin(settings))
    extras = ("postprocessing", "extras", "parameters")
    if any(_POSTPROCESSING.match(fields.text(keyword)) for keyword in extras):
        return GeneratorUse(_WEBUI, "processed")
    return None


def _settings(text: str) -> dict[str, str]:
    """Parse the line "Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1, ..." to a dict; {} if there is none.

    Some programs leave settings out, and some sites join the prompt and its settings to one line, which must then tell
    more, so that a sentence about settings is not taken for them.
    """
    start = text.rfind("\nSteps: ") + 1
    enough = _FEW_SETTINGS
    if not text.startswith("Steps: ", start):
        start = text.find("Steps: ", max(text.find("Negative prompt: "), 0))
        enough = _FEW_SETTINGS if "Negative prompt: " in text[: max(start, 0)] else _MANY_SETTINGS
    if start < 0:
        return {}
    settings = {key.strip(): value.strip() for key, value in _SETTING.findall(text[start : start + MAX_SETTINGS])}
    numbers = (settings.get("Steps", ""), settings.get("Seed", "0"))
    is_enough = len(_KNOWN_SETTINGS & settings.keys()) >= enough and bool(_OWN_SETTINGS & settings.keys())
    has_size = _SIZE.fullmatch(settings.get("Size", "1x1")) is not None
    return settings if is_enough and has_size and all(map(_NUMBER.fullmatch, numbers)) else {}


def _webui_name(settings: Mapping[str, str]) -> str:
    version = settings.get("Version", "")
    if re.match(r"f\d|neo", version):
        return f"{_WEBUI} Forge"
    other = re.match(r"ComfyUI|Fooocus", version)
    return settings.get("App") or (other[0] if other else _WEBUI)


def _webui_origin(settings: Mapping[str, str]) -> Origin:
    own_settings = {key: value for key, value in settings.items() if "prompt" not in key.lower()}
    controlnets = [own_settings.pop(key) for key in tuple(own_settings) if key.startswith("ControlNet")]
    second_pass = any(key.startswith(("Hires", "First pass size")) for key in own_settings)
    if (
        ("Denoising strength" in own_settings and not second_pass)
        or any(key.startswith(("Init ", "Mask ", "Inpaint")) for key in own_settings)
        or any(_FROM_PICTURE.search(value) for key, value in own_settings.items() if "model" not in key.lower())
    ):
        return "processed"
    # An editing ControlNet (inpaint, tile) reproduces the picture that it is given.
    edits_picture = any(_EDITING_MODEL.search(value) for value in controlnets)
    return (
        "made"
        if _records_start_picture(own_settings) and not edits_picture and not _uses_editing_model(own_settings)
        else "open"
    )


def _records_start_picture(settings: Mapping[str, str]) -> bool:
    """Whether the WebUI itself wrote the settings: it always records a start picture, unlike other programs."""
    version = settings.get("Version", "")
    known = not version or _KNOWN_VERSION.match(version) or settings.get("Operations", "").startswith("txt2img")
    return bool(known) and "CFG scale" in settings


_JOB = re.compile(r"Job ID: [0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\s*$")
_JOB_FLAG = re.compile(
    r"--(?:v|version|niji|ar|aspect|style|stylize|s|c|chaos|q|quality|seed|raw|profile|p|weird|hd|test|testp|tile)\b"
)


def _midjourney(fields: Fields) -> GeneratorUse | None:
    """`Description`: the prompt with its flags, ending with the job's id. It may begin with a picture's address."""
    description = fields.text("Description")[-MAX_SETTINGS:]
    if not _JOB.search(description) or not _JOB_FLAG.search(description):
        return None
    return GeneratorUse("Midjourney", "open" if re.match(r"\s*<?https?://", description) else "made")


_TAG = re.compile(r"AI generated;\s*(?!none\b)(\w+)\s*;\s*(.{1,60})", re.IGNORECASE)
_TAG_NAMES = {"flux": "FLUX", "hidream": "HiDream", "qwen": "Qwen"}


def _tagged(fields: Fields) -> GeneratorUse | None:
    """`AI generated;txt2img;flux` in EXIF's Software: what was done, and the model (FLUX, HiDream, Qwen)."""
    tag = _TAG.fullmatch(fields.text("Software").strip())
    if tag is None:
        return None
    name = tag[2].strip()
    made = tag[1].lower() in ("txt2img", "t2i")
    return GeneratorUse(_TAG_NAMES.get(name.lower(), name), "made" if made else "processed")


# ComfyUI before the WebUI: its files may also have the WebUI's lines, which do not say what the picture started from.
_GENERATORS: tuple[Callable[[Fields], GeneratorUse | None], ...] = (
    _swarmui,
    _fooocus,
    _invokeai,
    _novelai,
    _easy_diffusion,
    _draw_things,
    _comfyui,
    _webui,
    _midjourney,
    _tagged,
)
