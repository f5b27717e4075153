"""The text that generators leave is read where they write it, and only a picture made from text counts as generated."""

from __future__ import annotations

import gzip
import io
import json
import random
import struct
import tracemalloc
import zlib

import pytest
from conftest import calls_of, within
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin
from provenance_corpus import exif_block, with_exif

from artifact_check.provenance import read
from artifact_check.provenance.container import parse_container
from artifact_check.provenance.readers import generator_text

MADE, EDITED, UNKNOWN = "ai_generated", "ai_edited", "unknown"
USER_COMMENT, MODEL, MAKE, IFD = 0x9286, 0x0110, 0x010F, 0x8769


def readings(data: bytes) -> list[tuple[str, str]]:
    """What the generator's text says, with the first words of the detail."""
    found = [declaration for declaration in read(data) if declaration.kind == "generator_text"]
    assert all(d.trust == "declared" and d.detail.isprintable() and len(d.detail) < 200 for d in found)
    return [(d.says, d.detail) for d in found]


def says(data: bytes) -> list[str]:
    return [each for each, _ in readings(data)]


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def picture(mode: str = "RGB", size: tuple[int, int] = (24, 16)) -> Image.Image:
    return Image.new(mode, size, (200, 120, 90, 255)[: len(mode)])


def png(texts: dict[str, str], chunk: str = "tEXt") -> bytes:
    info = PngImagePlugin.PngInfo()
    for keyword, text in texts.items():
        if chunk == "iTXt":
            info.add_itxt(keyword, text)
        else:
            info.add_text(keyword, text, zip=chunk == "zTXt")
    return saved(picture(), "PNG", pnginfo=info)


def user_comment(text: str, kind: str = "JPEG", encoding: str = "utf-16-be") -> bytes:
    exif = Image.Exif()
    code = b"ASCII\0\0\0" if encoding == "ascii" else b"UNICODE\0"
    exif.get_ifd(IFD)[USER_COMMENT] = code + text.encode(encoding)
    return saved(picture(), kind, exif=exif.tobytes())


def first_directory(tags: dict[int, str], kind: str = "WEBP") -> bytes:
    exif = Image.Exif()
    exif.update(tags)
    return saved(picture(), kind, exif=exif)


def comment(text: str) -> bytes:
    return saved(picture(), "JPEG", comment=text.encode())


def labelled(label: bytes, text: bytes, order: str = "II") -> bytes:
    """A JPEG with any bytes as its UserComment."""
    block = exif_block({}, {USER_COMMENT: (7, len(label + text), label + text)}, order="<" if order == "II" else ">")
    return with_exif("JPEG", block)


def in_xmp(inside: str, before: str = "") -> bytes:
    packet = (
        f"{before}<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'"
        " xmlns:exif='http://ns.adobe.com/exif/1.0/' xmlns:dc='http://purl.org/dc/elements/1.1/'>"
        f"<rdf:Description rdf:about=''>{inside}</rdf:Description></rdf:RDF></x:xmpmeta>"
    )
    return saved(picture(), "JPEG", xmp=packet.encode())


def xmp_comment(text: str) -> bytes:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;")
    return in_xmp(f"<exif:UserComment><rdf:Alt><rdf:li>{escaped}</rdf:li></rdf:Alt></exif:UserComment>")


def alpha_bits(payload: bytes, size: tuple[int, int] = (40, 320)) -> Image.Image:
    """An opaque picture with bytes in the lowest bits of alpha, column by column."""
    image = picture("RGBA", size)
    alpha = image.getchannel("A")
    for place, bit in enumerate(f"{int.from_bytes(payload, 'big'):0{8 * len(payload)}b}"):
        alpha.putpixel((place // size[1], place % size[1]), 254 | int(bit))
    image.putalpha(alpha)
    return image


def hidden(text: str, *, packed: bool = True, magic: bytes | None = None) -> bytes:
    body = gzip.compress(text.encode()) if packed else text.encode()
    magic = magic or (b"stealth_pngcomp" if packed else b"stealth_pnginfo")
    return magic + struct.pack(">I", 8 * len(body)) + body


# --- what the generators write

PROMPT = "studio portrait of a woman, 85mm, detailed skin\nNegative prompt: blurry\n"
LINE = (
    "Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: 965400086, Size: 512x512, Model hash: 81761151, Model: juggernaut"
)
WEBUI = f"{PROMPT}{LINE}, Version: v1.9.4"
WEBUI_PICTURE = f"{PROMPT}{LINE}, Denoising strength: 0.4, Version: v1.9.4"


def graph(*, start: str = "EmptyLatentImage", **more: object) -> dict[str, object]:
    """ComfyUI's first example: a sampler between a latent and the saved picture."""
    nodes: dict[str, object] = {
        "3": {
            "class_type": "KSampler",
            "inputs": {
                "seed": 1,
                "model": ["4", 0],
                "positive": ["6", 0],
                "negative": ["6", 0],
                "latent_image": ["5", 0],
            },
        },
        "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "sdxl.safetensors"}},
        "5": {"class_type": start, "inputs": {}},
        "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "portrait", "clip": ["4", 1]}},
        "8": {"class_type": "VAEDecode", "inputs": {"samples": ["3", 0], "vae": ["4", 2]}},
        "9": {"class_type": "SaveImage", "inputs": {"images": ["8", 0]}},
    }
    return nodes | more


def node(kind: str, **inputs: object) -> dict[str, object]:
    return {"class_type": kind, "inputs": inputs}


LOAD = node("LoadImage", image="me.jpg")
FROM_TEXT = graph()
FROM_PICTURE = graph(**{"5": node("VAEEncode", pixels=["1", 0], vae=["4", 2]), "1": LOAD})
INPAINT = graph(
    **{
        "5": node("InpaintModelConditioning", pixels=["1", 0], mask=["1", 1], positive=["6", 0]),
        "1": LOAD,
    }
)
UPSCALE = {"1": LOAD, "2": node("ImageUpscaleWithModel", image=["1", 0]), "3": node("SaveImage", images=["2", 0])}
RESTORE = {"1": LOAD, "2": node("FaceRestoreCFWithModel", image=["1", 0]), "3": node("SaveImage", images=["2", 0])}
POSE = graph(
    **{"6": node("ControlNetApply", conditioning=["7", 0], image=["1", 0]), "7": node("CLIPTextEncode"), "1": LOAD}
)
INSTRUCTED = graph(
    **{
        "6": node("ReferenceLatent", conditioning=["7", 0], latent=["2", 0]),
        "7": node("CLIPTextEncode"),
        "2": node("VAEEncode", pixels=["1", 0]),
        "1": LOAD,
    }
)
FACE_SWAP = graph(
    **{
        "9": node("SaveImage", images=["10", 0]),
        "10": node("ReActor", input_image=["8", 0], source_image=["1", 0]),
        "1": LOAD,
    }
)
OTHER_START = graph(start="Efficient Loader")


def drawn(kind: str, mode: int = 0) -> dict[str, object]:
    """The editor's graph: something feeds a sampler, whose picture is saved."""
    return {
        "nodes": [
            {"id": 1, "type": kind, "mode": mode, "inputs": []},
            {"id": 2, "type": "VAEEncode", "inputs": [{"name": "pixels", "link": 10}]},
            {
                "id": 3,
                "type": "KSampler",
                "inputs": [{"name": "latent_image", "link": 12}, {"name": "model", "link": None}],
            },
            {"id": 4, "type": "SaveImage", "inputs": [{"name": "images", "link": 13}]},
            {"id": 5, "type": "EmptyLatentImage", "inputs": []},
        ],
        "links": [
            [10, 1, 0, 2, 0, "IMAGE"],
            [12, 2 if kind == "LoadImage" else 5, 0, 3, 0, "LATENT"],
            [13, 3, 0, 4, 0, "X"],
        ],
    }


SWARM = {"prompt": "portrait", "model": "sdxl", "seed": 3, "steps": 20, "cfgscale": 7.0}
FOOOCUS = {
    "prompt": "portrait",
    "base_model": "juggernautXL",
    "metadata_scheme": "fooocus",
    "version": "Fooocus v2.5.5",
}
INVOKE = {"generation_mode": "sdxl_txt2img", "positive_prompt": "portrait", "seed": 3, "model": {"name": "sdxl"}}
NOVEL = {"prompt": "portrait", "steps": 28, "sampler": "k_euler", "seed": 1, "uc": "blurry", "scale": 5}
CHINESE = "女士的头像照片\uff0c柔和的自然光\uff0c中性背景\uff0c写实风格\uff0c" * 12 + "\nNegative prompt: 模糊\n"
ONE_LINE = WEBUI.replace("\n", " ")


def nested(*links: dict[str, object], loads: bool = False, depth: int = 1) -> str:
    """The editor's graph with all its work inside a node, or inside a node of that node."""
    inner = [
        {"id": 3, "type": "KSampler", "inputs": [{"name": "latent_image", "link": 5}]},
        {"id": 4, "type": "LoadImage" if loads else "EmptyLatentImage", "inputs": []},
        {"id": 5, "type": "VAEDecode", "inputs": [{"name": "samples", "link": 6}]},
    ]
    joined = [{"id": 5, "origin_id": 4, "origin_slot": 0}, {"id": 6, "origin_id": 3, "origin_slot": 0}, *links]
    graphs = [{"id": "graph-1", "nodes": inner, "links": joined}]
    for number in range(2, depth + 1):
        node = {"id": 7, "type": f"graph-{number - 1}", "inputs": []}
        graphs.append({"id": f"graph-{number}", "nodes": [node], "links": []})
    outer = [
        {"id": 1, "type": f"graph-{depth}", "inputs": [{"name": "image", "link": 2}]},
        {"id": 2, "type": "SaveImage", "inputs": [{"name": "images", "link": 1}]},
        {"id": 9, "type": "LoadImage", "inputs": []},
    ]
    ends = [[1, 1, 0, 2, 0, "IMAGE"], [2, 9, 0, 1, 0, "IMAGE"]]
    return json.dumps({"nodes": outer, "links": ends, "definitions": {"subgraphs": graphs}})


HANDED_OUT = {"id": 7, "origin_id": 5, "origin_slot": 0, "target_id": -20}
FROM_OUTSIDE = {"id": 5, "origin_id": -10, "origin_slot": 0, "target_id": 3}


def company(kind: str, **inputs: object) -> str:
    return json.dumps({"1": node(kind, prompt="a face", **inputs), "2": node("SaveImage", images=["1", 0]), "7": LOAD})


EASY = {"prompt": "portrait", "seed": 1, "use_stable_diffusion_model": "sd-v1-5", "num_inference_steps": 25}
EASY_NAMES = {"Prompt": "portrait", "Seed": "1", "Stable Diffusion model": "sd-v1-5", "Steps": "25"}
DRAW = {"c": "portrait", "uc": "", "model": "sdxl.ckpt", "sampler": "DPM++", "seed": 1, "steps": 20, "strength": 1}
JOB = "Job ID: 0a1b2c3d-1111-2222-3333-0123456789ab"


def swarm(**more: object) -> str:
    return json.dumps({"sui_image_params": SWARM | more})


def novel(**more: object) -> dict[str, str]:
    return {
        "Title": "NovelAI generated image",
        "Software": "NovelAI",
        "Source": "NovelAI Diffusion V4 37442FCA",
        "Comment": json.dumps(NOVEL | more),
    }


NOVEL_MADE, NOVEL_EDITED = novel(request_type="PromptGenerateRequest"), novel(request_type="Img2ImgRequest")

CORPUS: dict[str, tuple[bytes, str, str]] = {
    # Stable Diffusion WebUI, Forge and their like
    "webui in tEXt": (png({"parameters": WEBUI}), MADE, "made with Stable Diffusion WebUI, "),
    "webui in zTXt": (png({"parameters": WEBUI}, "zTXt"), MADE, "made with Stable Diffusion WebUI"),
    "webui in iTXt": (png({"parameters": WEBUI}, "iTXt"), MADE, "made with Stable Diffusion WebUI"),
    "webui in UserComment, big endian": (user_comment(WEBUI), MADE, "made with Stable Diffusion WebUI"),
    "webui in UserComment, ASCII": (user_comment(WEBUI, encoding="ascii"), MADE, "made with Stable"),
    "webui in WebP": (user_comment(WEBUI, "WEBP"), MADE, "made with Stable"),
    "webui in AVIF": (user_comment(WEBUI, "AVIF"), MADE, "made with Stable"),
    "webui in a JPEG comment": (comment(WEBUI), MADE, "made with Stable"),
    "webui without version": (png({"parameters": PROMPT + LINE}), MADE, "made with Stable Diffusion WebUI"),
    "webui without prompt": (png({"parameters": LINE}), MADE, "made with Stable Diffusion WebUI"),
    "webui in two passes": (
        png({"parameters": f"{WEBUI_PICTURE}, Hires upscale: 2, Hires upscaler: Latent"}),
        MADE,
        "made with Stable",
    ),
    "webui, made then upscaled": (
        png({"parameters": WEBUI, "postprocessing": "Postprocess upscale by: 4"}),
        MADE,
        "made with Stable",
    ),
    "webui with a pose": (
        png({"parameters": f'{PROMPT}{LINE}, ControlNet 0: "Module: openpose, Model: control_openpose"'}),
        MADE,
        "made with Stable",
    ),
    "forge": (
        png({"parameters": f"{PROMPT}{LINE}, Version: f2.0.1v1.10.1"}),
        MADE,
        "made with Stable Diffusion WebUI Forge",
    ),
    "sd.next": (
        png({"parameters": f"{LINE}, App: SD.Next, Version: b0a1, Operations: txt2img"}),
        MADE,
        "made with SD.Next",
    ),
    "webui from a picture": (png({"parameters": WEBUI_PICTURE}), EDITED, "processed with Stable"),
    "webui from a picture, JPEG": (user_comment(WEBUI_PICTURE), EDITED, "processed with Stable"),
    "webui inpainting": (
        png({"parameters": f"{WEBUI_PICTURE}, Mask blur: 4, Hires upscale: 2"}),
        EDITED,
        "processed with Stable",
    ),
    "sd.next from a picture": (
        png({"parameters": f"{LINE}, App: SD.Next, Operations: img2img"}),
        EDITED,
        "processed with SD",
    ),
    "webui with a tile": (
        png({"parameters": f'{PROMPT}{LINE}, ControlNet 0: "Module: tile_resample, Model: control_tile"'}),
        EDITED,
        "made or processed",
    ),
    "webui with an inpainting model": (
        png({"parameters": f"{PROMPT}{LINE.replace('juggernaut', 'sd-inpainting')}"}),
        EDITED,
        "made or processed",
    ),
    "webui extras": (
        png({"postprocessing": "Postprocess upscale by: 4, Postprocess upscaler: R-ESRGAN 4x+"}),
        EDITED,
        "processed with Stable",
    ),
    "webui extras, before": (png({"extras": "Upscale: 4, visibility: 1.0, model:R-ESRGAN"}), EDITED, "processed with"),
    "webui extras, JPEG": (
        user_comment("Postprocess upscale by: 4, CodeFormer visibility: 1"),
        EDITED,
        "processed with",
    ),
    "webui's words by ComfyUI": (
        user_comment(f"{PROMPT}{LINE}, Version: ComfyUI"),
        EDITED,
        "made or processed with ComfyUI",
    ),
    "webui's words by a stranger": (user_comment(f"{PROMPT}{LINE}, Version: Other"), EDITED, "made or processed with"),
    "webui on one line": (user_comment(ONE_LINE), MADE, "made with Stable Diffusion WebUI"),
    "webui on one line, joined by full stops": (user_comment(WEBUI.replace("\n", ".")), MADE, "made with Stable"),
    "webui on one line, without a negative prompt": (comment(f"a face {LINE}, Version: v1.9.4"), MADE, "made with"),
    "webui on one line, from a picture": (user_comment(WEBUI_PICTURE.replace("\n", " ")), EDITED, "processed with"),
    "webui with line ends of Windows": (user_comment(WEBUI.replace("\n", "\r\n")), MADE, "made with Stable"),
    "webui, steps not known": (
        png({"parameters": PROMPT + LINE.replace("20", "Unknown", 1)}),
        MADE,
        "made with Stable",
    ),
    "sd.next with its own sampler": (
        png(
            {"parameters": f"{PROMPT}Steps: 20, Size: 1024x1024, Seed: 1, CFG scale: 6, App: SD.Next, Version: 0c7038e"}
        ),
        MADE,
        "made with SD.Next",
    ),
    "settings without seed": (png({"parameters": "Steps: 20, Sampler: Euler, CFG scale: 7, Size: 8x8"}), MADE, "made"),
    "UNICODE, but UTF-8": (labelled(b"UNICODE\0", WEBUI.encode()), MADE, "made with Stable"),
    "UNICODE, but UTF-8 with Chinese": (labelled(b"UNICODE\0", (CHINESE + LINE).encode()), MADE, "made with Stable"),
    "ASCII, but UTF-16": (labelled(b"ASCII\0\0\0", WEBUI.encode("utf-16-le")), MADE, "made with Stable"),
    "no label, UTF-16": (labelled(b"", WEBUI.encode("utf-16-be")), MADE, "made with Stable"),
    **{
        f"Chinese in {encoding}, block {order}": (
            labelled(b"UNICODE\0", (CHINESE + LINE).encode(encoding), order),
            MADE,
            "made with Stable Diffusion WebUI",
        )
        for encoding in ("utf-16-le", "utf-16-be", "utf-16")
        for order in ("II", "MM")
    },
    # FLUX and its like, in EXIF
    "flux": (first_directory({0x0131: "AI generated;txt2img;flux", MAKE: "Black Forest Labs"}), MADE, "made with FLUX"),
    "flux from a picture": (
        first_directory({0x0131: "AI generated;img2img;flux"}, "JPEG"),
        EDITED,
        "processed with FLUX",
    ),
    "hidream": (first_directory({0x0131: "AI generated;txt2img;hidream"}, "PNG"), MADE, "made with HiDream"),
    "qwen": (first_directory({0x0131: "AI generated;t2i;qwen"}, "PNG"), MADE, "made with Qwen"),
    "qwen from a picture": (first_directory({0x0131: "AI generated;ti2i;qwen"}, "PNG"), EDITED, "processed with Qwen"),
    "a later model": (first_directory({0x0131: "AI generated;txt2img;later"}, "PNG"), MADE, "made with later"),
    # ComfyUI
    "comfyui, a graph in a node": (png({"workflow": nested()}), MADE, "made with ComfyUI, "),
    "comfyui, a graph in a node, handed out": (png({"workflow": nested(HANDED_OUT)}), MADE, "made with ComfyUI, "),
    "comfyui, a graph in a graph": (png({"workflow": nested(depth=3)}), MADE, "made with ComfyUI, "),
    "comfyui, a picture loaded inside": (png({"workflow": nested(loads=True)}), EDITED, "processed with ComfyUI"),
    "comfyui, a picture from outside": (png({"workflow": nested(FROM_OUTSIDE)}), EDITED, "processed with ComfyUI"),
    "comfyui with OpenAI": (png({"prompt": company("OpenAIGPTImage1")}), MADE, "made with ComfyUI (OpenAI), "),
    "comfyui with FLUX's company": (
        png({"prompt": company("FluxProUltraImageNode")}),
        MADE,
        "made with ComfyUI (Black Forest Labs), ",
    ),
    "comfyui with Google, from a picture": (
        png({"prompt": company("GeminiImageNode", images=["7", 0])}),
        EDITED,
        "processed with ComfyUI (Google), ",
    ),
    "comfyui with an editing company": (
        png({"prompt": company("StabilityUpscaleFastNode")}),
        EDITED,
        "made or processed with ComfyUI (Stability AI); ",
    ),
    "comfyui": (png({"prompt": json.dumps(FROM_TEXT)}), MADE, "made with ComfyUI"),
    "comfyui, pose of a picture": (png({"prompt": json.dumps(POSE)}), MADE, "made with ComfyUI"),
    "comfyui, the editor's graph": (png({"workflow": json.dumps(drawn("PrimitiveNode"))}), MADE, "made with ComfyUI"),
    "comfyui in Make and Model": (
        first_directory({MODEL: f"prompt:{json.dumps(FROM_TEXT)}", MAKE: f"workflow:{json.dumps(drawn('X'))}"}),
        MADE,
        "made with ComfyUI",
    ),
    "comfyui in UserComment": (user_comment(json.dumps({"prompt": FROM_TEXT})), MADE, "made with ComfyUI"),
    "comfyui from a picture": (png({"prompt": json.dumps(FROM_PICTURE)}), EDITED, "processed with ComfyUI"),
    "comfyui from a picture, the editor's graph": (
        png({"workflow": json.dumps(drawn("LoadImage"))}),
        EDITED,
        "processed with ComfyUI",
    ),
    "comfyui from a picture, with the webui's words": (
        png({"prompt": json.dumps(FROM_PICTURE), "parameters": WEBUI}),
        EDITED,
        "processed with ComfyUI",
    ),
    "comfyui inpainting": (png({"prompt": json.dumps(INPAINT)}), EDITED, "processed with ComfyUI"),
    "comfyui upscaling": (png({"prompt": json.dumps(UPSCALE)}), EDITED, "processed with ComfyUI"),
    "comfyui restoring a face": (png({"prompt": json.dumps(RESTORE)}), EDITED, "processed with ComfyUI"),
    "comfyui by instruction": (png({"prompt": json.dumps(INSTRUCTED)}), EDITED, "processed with ComfyUI"),
    "comfyui with a swapped face": (png({"prompt": json.dumps(FACE_SWAP)}), EDITED, "processed with ComfyUI"),
    "comfyui from what is not known": (png({"prompt": json.dumps(OTHER_START)}), EDITED, "made or processed"),
    "comfyui without sampler": (png({"prompt": json.dumps({"1": node("SaveImage")})}), UNKNOWN, "text of ComfyUI"),
    # SwarmUI
    "swarmui": (png({"parameters": swarm()}), MADE, "made with SwarmUI"),
    "swarmui in UserComment, little endian": (user_comment(swarm(), encoding="utf-16-le"), MADE, "made with SwarmUI"),
    "swarmui of 2023": (
        png({"parameters": json.dumps({"sui_image_params": {"Prompt": "portrait", "CFG Scale": 7, "Steps": 20}})}),
        MADE,
        "made with SwarmUI",
    ),
    "swarmui without what is usually there": (
        png({"parameters": json.dumps({"sui_image_params": {"swarm_version": "0.9.3.1"}})}),
        EDITED,
        "made or processed",
    ),
    "swarmui in Model": (first_directory({MODEL: swarm()}, "JPEG"), MADE, "made with SwarmUI"),
    "swarmui from a picture": (png({"parameters": swarm(initimagecreativity=0.6)}), EDITED, "processed with SwarmUI"),
    "swarmui with an editing model": (png({"parameters": swarm(model="flux-kontext")}), EDITED, "made or processed"),
    # InvokeAI
    "invokeai": (png({"invokeai_metadata": json.dumps(INVOKE)}), MADE, "made with InvokeAI"),
    "invokeai from a picture": (
        png({"invokeai_metadata": json.dumps(INVOKE | {"generation_mode": "flux_img2img"})}),
        EDITED,
        "processed with InvokeAI",
    ),
    "invokeai outpainting": (
        png({"invokeai_metadata": json.dumps(INVOKE | {"generation_mode": "outpaint"})}),
        EDITED,
        "processed with InvokeAI",
    ),
    "invokeai upscaling": (
        png({"invokeai_metadata": json.dumps(INVOKE | {"upscale_initial_image": {"image_name": "me.png"}})}),
        EDITED,
        "processed with InvokeAI",
    ),
    "invokeai, a new mode": (
        png({"invokeai_metadata": json.dumps(INVOKE | {"generation_mode": "later"})}),
        EDITED,
        "made or processed",
    ),
    "invokeai without mode": (png({"invokeai_metadata": '{"seed": 1}'}), UNKNOWN, "text of InvokeAI"),
    "invokeai 2": (
        png({"sd-metadata": json.dumps({"image": {"type": "txt2img", "seed": 1}})}),
        MADE,
        "made with InvokeAI",
    ),
    "invokeai 2 from a picture": (
        png({"sd-metadata": json.dumps({"image": {"type": "img2img", "seed": 1}})}),
        EDITED,
        "processed with InvokeAI",
    ),
    "invokeai 1": (
        png({"Dream": '"a -I portrait" -s 50 -S 42 -W512 -H512 -C7.5 -A k_lms'}),
        MADE,
        "made with InvokeAI",
    ),
    "invokeai 1 from a picture": (png({"Dream": '"portrait" -s 50 -S 42 -I me.png -f 0.4'}), EDITED, "processed with"),
    "invokeai 1 repairing": (png({"Dream": '!fix "me.png" -G 0.8 -S 42'}), EDITED, "processed with InvokeAI"),
    # NovelAI
    "novelai": (png(NOVEL_MADE), MADE, "made with NovelAI"),
    "novelai from a picture": (png(NOVEL_EDITED), EDITED, "processed with NovelAI"),
    "novelai inpainting": (png(novel(request_type="NativeInfillingRequest")), EDITED, "processed with NovelAI"),
    "novelai, before": (png(novel()), MADE, "made with NovelAI"),
    "novelai, before, with a strength": (png(novel(strength=0.7)), EDITED, "made or processed with NovelAI"),
    "novelai without settings": (png({"Software": "NovelAI"}), EDITED, "made or processed with NovelAI"),
    "novelai hidden in a PNG": (saved(alpha_bits(hidden(json.dumps(NOVEL_MADE))), "PNG"), MADE, "made with NovelAI"),
    "novelai hidden in a low PNG": (
        saved(alpha_bits(hidden(json.dumps(NOVEL_MADE)), (400, 30)), "PNG"),
        MADE,
        "made with NovelAI",
    ),
    "novelai hidden in a WebP": (
        saved(alpha_bits(hidden(json.dumps(NOVEL_MADE))), "WEBP", lossless=True, exact=True),
        MADE,
        "made with NovelAI",
    ),
    "novelai hidden, from a picture": (saved(alpha_bits(hidden(json.dumps(NOVEL_EDITED))), "PNG"), EDITED, "processed"),
    "webui hidden, not packed": (saved(alpha_bits(hidden(WEBUI, packed=False)), "PNG"), MADE, "made with Stable"),
    # Fooocus does not tell a picture from text from one that it varied or inpainted
    "fooocus": (
        png({"fooocus_scheme": "fooocus", "parameters": json.dumps(FOOOCUS)}),
        EDITED,
        "made or processed with Fooocus",
    ),
    "fooocus in JPEG": (
        first_directory({USER_COMMENT: json.dumps(FOOOCUS)}, "JPEG"),
        EDITED,
        "made or processed with Fooocus",
    ),
    "fooocus in a JPEG comment": (comment(json.dumps(FOOOCUS)), EDITED, "made or processed with Fooocus"),
    "fooocus in Comment": (png({"Comment": json.dumps(FOOOCUS)}), EDITED, "made or processed with Fooocus"),
    "fooocus with the webui's words": (
        png({"fooocus_scheme": "a1111", "parameters": f"{PROMPT}{LINE}, Version: Fooocus v2.5.5"}),
        EDITED,
        "made or processed with Fooocus",
    ),
    # Easy Diffusion
    "easy diffusion": (png({key: str(value) for key, value in EASY.items()}), MADE, "made with Easy Diffusion"),
    "easy diffusion, other names": (png(EASY_NAMES), MADE, "made with Easy Diffusion"),
    "easy diffusion in JPEG": (user_comment(json.dumps(EASY)), MADE, "made with Easy Diffusion"),
    "easy diffusion from a picture": (
        user_comment(json.dumps(EASY | {"prompt_strength": 0.5})),
        EDITED,
        "processed with Easy",
    ),
    # Draw Things
    "draw things": (xmp_comment(json.dumps(DRAW)), MADE, "made with Draw Things"),
    "draw things from a picture": (
        xmp_comment(json.dumps(DRAW | {"strength": 0.6})),
        EDITED,
        "processed with Draw Things",
    ),
    "draw things with an editing model": (
        xmp_comment(json.dumps(DRAW | {"model": "qwen_image_edit.ckpt"})),
        EDITED,
        "made or processed",
    ),
    # Midjourney
    "midjourney": (
        png({"Description": f"portrait --ar 2:3 --v 6.1 {JOB}", "Author": "x"}),
        MADE,
        "made with Midjourney",
    ),
    "midjourney from a picture": (
        png({"Description": f"https://s.mj.run/x portrait --v 6.1 {JOB}"}),
        EDITED,
        "made or processed with Midjourney",
    ),
}


@pytest.mark.parametrize("name", CORPUS)
def test_each_generator_is_read_in_each_place(name):
    data, expected, detail = CORPUS[name]
    (reading,) = readings(data)
    assert reading[0] == expected
    assert reading[1].startswith(detail)


# --- words that look alike declare nothing

LOOK_ALIKES = {
    "a caption": png({"Description": WEBUI, "Title": "ComfyUI portrait", "Comment": WEBUI}),
    "a caption in JSON": png({"Description": json.dumps(FROM_TEXT)}),
    "a prompt alone": png({"parameters": "portrait of a woman, 85mm", "prompt": "portrait of a woman"}),
    "steps of a recipe": png({"parameters": "Steps: 3, Camera: tripod, Seed: none"}),
    "settings of a camera": comment("Steps: 1, Sampler: none"),
    "a scanner": comment("Scan\nSteps: 300, Size: A4, Model: Epson V600, Version: 1.0"),
    "a stack of photos": comment("Focus stack\nSteps: 40, Size: 10x10, Model: Laowa, Version: 2"),
    "a telescope": comment("Focuser\nSteps: 1200, Seed: 4, Size: 3um, Pipeline: PixInsight"),
    "a tag that says no": first_directory({0x0131: "AI generated;none;none"}, "JPEG"),
    "a sentence about it": comment(f"I do not use Sampler, Seed or {LINE}"),
    "the usual JPEG comment": comment("Generated by IJG JPEG Library"),
    "an editor": png({"Software": "Adobe ImageReady", "Comment": "Created with GIMP"}),
    "NovelAI as a title": png({"Title": "NovelAI", "Comment": json.dumps(NOVEL)}),
    "a job of a print shop": png({"Description": f"business cards, {JOB}"}),
    "an editing job": png({"Description": f"portrait --ar 2:3 --v 6.1 {JOB[:-1]}"}),
    "a dream": png({"Dream": 'I had a "dream" last night'}),
    "JSON of another program": user_comment('{"prompt": {"1": {"kind": "x"}}, "seed": 3, "model": "Canon"}'),
    "an empty object": png({"parameters": "{}", "workflow": "{}", "prompt": "{}", "invokeai_metadata": "{}"}),
    "numbers and lists": png({"prompt": "[1]", "workflow": "3", "sd-metadata": '{"image": 3}'}),
    "a caption in XMP": in_xmp(f"<dc:description>{LINE}</dc:description>"),
    "the words in another property": in_xmp(f"<dc:title>UserComment {json.dumps(DRAW)}</dc:title>"),
    "a camera": first_directory({MAKE: "Canon {}", MODEL: "EOS R5"}, "JPEG"),
    "transparency": saved(picture("RGBA", (200, 200)), "PNG"),
    "another magic": saved(alpha_bits(hidden(WEBUI, magic=b"stealth_PNGCOMP")), "PNG"),
}


@pytest.mark.parametrize("name", LOOK_ALIKES)
def test_words_that_look_alike_declare_nothing(name):
    assert says(LOOK_ALIKES[name]) == []


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
def test_bytes_behind_the_picture_declare_nothing(kind):
    for other in (png({"parameters": WEBUI}), WEBUI.encode(), user_comment(WEBUI)):
        assert says(saved(picture(), kind) + other) == []


@pytest.mark.parametrize("told", ["Init image hash: 1a2b", "Mask blur: 4", "Inpaint area: Only masked"])
def test_a_picture_that_the_webui_began_with_shows_in_any_of_its_settings(told):
    assert says(png({"parameters": f"{WEBUI}, Hires upscale: 2, {told}"})) == [EDITED]


STEERING = (
    *("model", "clip", "vae", "positive", "negative", "conditioning", "control_net", "clip_vision", "text", "prompt"),
    *("clip_vision_output", "ipadapter", "guider", "noise", "sampler", "sigmas", "mask", "cfg", "denoise", "steps"),
    *("width", "height", "batch_size", "seed", "noise_seed", "filename_prefix"),
)


@pytest.mark.parametrize("name", STEERING)
def test_a_picture_that_only_steers_is_not_the_start(name):
    made = graph()
    made["3"]["inputs"][name] = ["10", 0]
    made["10"] = node("LoadImage")
    assert says(png({"prompt": json.dumps(made)})) == [MADE]


def test_a_bypassed_or_muted_loader_is_not_the_start():
    assert says(png({"workflow": json.dumps(drawn("LoadImage", mode=2))})) == [EDITED]
    assert readings(png({"workflow": json.dumps(drawn("LoadImage", mode=4))}))[0][1].startswith("made or processed")


def test_a_link_in_a_form_that_is_not_known_leads_nowhere():
    broken = drawn("LoadImage")
    broken["links"] = [{"id": 10}, [12], *broken["links"]]
    assert says(png({"workflow": json.dumps(broken)})) == [EDITED]
    broken["links"] = [{"id": number, "origin_id": start} for number, start, *_ in broken["links"][2:]]
    assert says(png({"workflow": json.dumps(broken)})) == [EDITED]
    broken["links"] = [{"id": number, "from": start} for number, start, *_ in drawn("LoadImage")["links"]]
    assert says(png({"workflow": json.dumps(broken)})) == [UNKNOWN]


def test_graphs_that_contain_themselves_or_very_many_nodes_cost_little():
    twice = [{"id": number, "type": "g", "inputs": []} for number in range(10)]
    graphs = [{"id": "g", "nodes": twice, "links": []}]
    outer = {"nodes": [*twice, {"id": 99, "type": "SaveImage"}], "links": [], "definitions": {"subgraphs": graphs}}
    with within(2):
        assert says(png({"workflow": json.dumps(outer)})) == [UNKNOWN]


# --- hostile texts


def within_bounds(data: bytes) -> list[str]:
    with within(10):  # traced; 2 seconds without
        tracemalloc.start()
        found = says(data)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 200e6
    return found


def text_chunk(kind: bytes, body: bytes) -> bytes:
    """A PNG with one chunk before its pixels."""
    data = saved(picture(), "PNG")
    chunk = struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    return data[:33] + chunk + data[33:]


@pytest.mark.parametrize(
    "text",
    [
        '{"a":' * 100_000,
        '{"prompt":' + "[" * 500_000 + "]" * 500_000 + "}",
        '{"sui_image_params": ' + "[[]," * 400_000 + "]}",
        '{"a": ' + "9" * 900_000 + "}",
        "Steps: " + " " * 900_000,
        'Steps: 1, a: "' + "\\" * 900_000,
        'Steps: 1, a: "' * 60_000,
        ('x: "' + "a b-" * 30 + "\n") * 6_000,
        "\nSteps: " * 100_000,
        '"' * 900_000,
        '"' + " -x" * 300_000,
    ],
    ids=range(11),
)
def test_hostile_text_is_read_within_bounds(text):
    body = zlib.compress(text.encode())
    for keyword in (
        b"parameters",
        b"prompt",
        b"workflow",
        b"Dream",
        b"Description",
        b"invokeai_metadata",
        b"postprocessing",
    ):
        assert within_bounds(text_chunk(b"zTXt", keyword + b"\0\0" + body)) == []
    assert within_bounds(saved(picture(), "JPEG", comment=text.encode()[:60_000])) == []


@pytest.mark.long
def test_a_large_graph_is_read_within_bounds():
    chain = {str(i): node("SaveImage", images=[str(i + 1), 0], other=[str(i // 2), 0]) for i in range(20_000)}
    assert within_bounds(png({"prompt": json.dumps(chain)}, "zTXt")) in ([UNKNOWN], [])


@pytest.mark.long
def test_a_compressed_bomb_is_read_within_bounds():
    bomb = zlib.compress(b"\0" * 200_000_000)
    assert within_bounds(text_chunk(b"zTXt", b"parameters\0\0" + bomb)) == []


@pytest.mark.long
def test_a_large_text_beside_alpha_is_read_within_bounds():
    data = saved(alpha_bits(hidden(json.dumps(NOVEL_MADE))), "PNG")
    body = b"parameters\0" + b"x" * 40_000_000
    chunk = struct.pack(">I", len(body)) + b"tEXt" + body + struct.pack(">I", zlib.crc32(b"tEXt" + body))
    assert within_bounds(data[:33] + chunk + data[33:]) == [MADE]


@pytest.mark.long
def test_a_hidden_bomb_is_read_within_bounds():
    body = gzip.compress(b" " * 100_000_000)
    payload = b"stealth_pngcomp" + struct.pack(">I", 8 * len(body)) + body
    assert within_bounds(saved(alpha_bits(payload, (600, 2000)), "PNG")) == []


@pytest.mark.parametrize("length", [0, 7, 8, 1 << 20, (1 << 32) - 1])
def test_a_wrong_length_of_hidden_text_does_no_harm(length):
    payload = b"stealth_pngcomp" + struct.pack(">I", length) + gzip.compress(WEBUI.encode())[:50]
    assert within_bounds(saved(alpha_bits(payload), "PNG")) == []


@pytest.mark.parametrize("size", [(1, 1), (1, 400), (400, 1), (19, 8)])
def test_a_picture_too_small_for_its_hidden_text_declares_nothing(size):
    bits = (hidden(WEBUI) * 2)[: size[0] * size[1] // 8]
    assert says(saved(alpha_bits(bits, size) if bits else picture("RGBA", size), "PNG")) == []


def test_a_hidden_text_that_is_cut_off_is_not_read():
    data = saved(alpha_bits(hidden(json.dumps(NOVEL_MADE))), "PNG")
    assert says(data) == [MADE]
    assert says(data[: len(data) * 2 // 3]) == []


def test_an_entity_bomb_in_xmp_does_nothing():
    bomb = in_xmp("<exif:UserComment>&a;</exif:UserComment>", before=f"<!DOCTYPE x [<!ENTITY a '{json.dumps(DRAW)}'>]>")
    assert says(bomb) == []


def test_what_cannot_be_read_hides_nothing_else():
    data = png({"parameters": WEBUI, "prompt": '{"a":' * 10_000})
    assert says(data) == [MADE]


def test_a_file_cannot_flood_the_report():
    items = "".join(
        f"<exif:UserComment>{LINE}, App: {'x' * 300}{i}, Operations: txt2img</exif:UserComment>" for i in range(99)
    )
    assert len(says(in_xmp(items))) <= 8


def test_control_characters_do_not_reach_the_report():
    (reading,) = readings(png({"parameters": f"{LINE}, App: \x1b[31mred\u202e, Version: v1"}, "iTXt"))
    assert reading[1].isprintable()


@given(name=st.sampled_from(sorted(CORPUS)), seed=st.integers(0, 2**32))
def test_damaged_bytes_never_raise_and_never_turn_a_processed_picture_into_a_generated_one(name, seed):
    data, expected, _ = CORPUS[name]
    damaged, rng = bytearray(data), random.Random(seed)  # noqa: S311 - not for secrets
    place = rng.randrange(len(damaged))
    damaged[place] ^= 1 << rng.randrange(8)
    for changed in (bytes(damaged), data[:place], data + data[:place]):
        found = says(changed)
        # One flipped letter of a key may hide that a picture was the start; a cut or longer file may not.
        assert expected == MADE or MADE not in found or changed == bytes(damaged)


@given(
    keyword=st.sampled_from(["parameters", "prompt", "workflow", "Comment", "invokeai_metadata", "sd-metadata"]),
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(
                st.sampled_from(
                    ["prompt", "nodes", "links", "inputs", "class_type", "id", "type", "mode", "image", "1", "a"]
                ),
                inner,
                max_size=5,
            )
        ),
        max_leaves=25,
    ),
)
def test_objects_of_any_shape_are_read_without_an_error(keyword, value):
    container = parse_container(png({keyword: json.dumps(value), "Software": "NovelAI"}))
    assert MADE not in {declaration.says for declaration in generator_text.read(container)}


def test_a_photo_without_text_costs_little():
    data = saved(Image.effect_noise((1500, 1500), 40).convert("RGB"), "JPEG", quality=90)
    container = parse_container(data)
    assert generator_text.read(container) == ()
    assert calls_of(lambda: generator_text.read(container)) < 100
