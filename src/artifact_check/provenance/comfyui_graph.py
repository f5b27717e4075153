"""ComfyUI's node graph: did the saved picture start from noise, or from a picture that was loaded?

ComfyUI saves the graph twice (ComfyUI, nodes.py, SaveImage). `prompt` holds the executed nodes as `{id: {"class_type":
..., "inputs": {name: value or [id, slot]}}}`. `workflow` is the editor's `{"nodes": [...], "links": [[id, from, slot,
to, slot, type], ...]}`.

The graph is followed backwards from the nodes that save. A picture that only guides the model, through a ControlNet or
as a style, is not on that path. A loaded picture that an editing model changes is searched for in the whole graph.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

Origin = Literal["made", "processed", "open", "unclear"]

_BYPASSED, _MUTED = 4, 2  # modes of a node in the editor

# Names of inputs that carry no pixels.
_NON_PIXEL_INPUTS = frozenset(
    {
        *("model", "clip", "vae", "positive", "negative", "conditioning", "control_net", "clip_vision"),
        *("clip_vision_output", "ipadapter", "guider", "noise", "sampler", "sigmas", "mask", "text", "prompt"),
        *("width", "height", "batch_size", "seed", "noise_seed", "steps", "cfg", "denoise", "filename_prefix"),
    }
)
_LOADS = re.compile(
    r"(load|input|receive|paste|webcam|b64|base64).*(image|video|photo)"
    r"|(image|video|photo).*(load|input|receive|b64|base64|from_?(url|path|file|folder|dir|clip))",
    re.IGNORECASE,
)
_EMPTY = re.compile(r"empty.*latent", re.IGNORECASE)
_SAMPLES = re.compile(r"sampler|sdupscale", re.IGNORECASE)
_EDITS = re.compile(r"reference|kontext|edit|inpaint|outpaint|pixtopix|pix2pix|ip2p|fill|tile", re.IGNORECASE)
_MODEL_FILE = re.compile(r"\.(safetensors|ckpt|gguf|pth|pt|sft|bin)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Node:
    kind: str
    sources: tuple[tuple[str, str], ...]  # (name of the input, id of the node that feeds it)
    model_files: tuple[str, ...]

    def edits(self) -> bool:
        return any(_EDITS.search(name) for name in (self.kind, *self.model_files))


def trace_origin(prompt: Mapping[str, Any], workflow: Mapping[str, Any]) -> Origin | None:
    """Return how the saved picture was produced, from `prompt` or else `workflow`; None if neither is a graph.

    Returns:
        "made" if it was sampled from an empty latent, "processed" if it started from a loaded picture, "open" if it was
        sampled from something unknown, "unclear" if it was neither sampled nor loaded.
    """
    nodes = _prompt_nodes(prompt) or _workflow_nodes(workflow)
    if not nodes:
        return None
    ends = _output_nodes(nodes)
    pixels = [nodes[name] for name in _upstream(nodes, ends, follow=lambda name: name.lower() not in _NON_PIXEL_INPUTS)]
    everything = [nodes[name] for name in _upstream(nodes, ends, follow=lambda _: True)]
    edited = _any(_LOADS, everything) and any(node.edits() for node in everything)
    if _any(_LOADS, pixels) or edited:
        return "processed"
    if not _any(_SAMPLES, pixels):
        return "unclear"
    return "made" if _any(_EMPTY, pixels) else "open"


def _any(pattern: re.Pattern[str], nodes: Iterable[_Node]) -> bool:
    return any(pattern.search(node.kind) for node in nodes)


def _output_nodes(nodes: Mapping[str, _Node]) -> list[str]:
    """Return the nodes that save; in a graph without any, those that feed no other node."""
    saving = [name for name, node in nodes.items() if "save" in node.kind.lower()]
    fed = {source for node in nodes.values() for _, source in node.sources}
    return saving or [name for name in nodes if name not in fed]


def _upstream(nodes: Mapping[str, _Node], ends: Iterable[str], follow: Callable[[str], bool]) -> set[str]:
    """Return the ends and all nodes that feed them, through inputs whose names `follow` accepts."""
    seen: set[str] = set()
    waiting = list(ends)
    while waiting:
        name = waiting.pop()
        if name in nodes and name not in seen:
            seen.add(name)
            waiting.extend(source for slot, source in nodes[name].sources if follow(slot))
    return seen


def _prompt_nodes(prompt: Mapping[str, Any]) -> dict[str, _Node]:
    return {
        name: _Node(node["class_type"], tuple(_prompt_inputs(node)), _model_files(_dict(node.get("inputs")).values()))
        for name, node in prompt.items()
        if isinstance(node, dict) and isinstance(node.get("class_type"), str)
    }


def _prompt_inputs(node: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for slot, value in _dict(node.get("inputs")).items():
        match value:
            case [str() | int() as source, int()]:
                yield slot, str(source)


def _workflow_nodes(workflow: Mapping[str, Any]) -> dict[str, _Node]:
    feeds: dict[object, str] = {}
    for link in _list(workflow.get("links")):
        match link:
            case [int() as number, str() | int() as source, *_]:
                feeds[number] = str(source)
    return {
        str(node["id"]): _Node(
            "" if node.get("mode") == _BYPASSED else node["type"],
            tuple(_workflow_inputs(node, feeds)),
            _model_files(_list(node.get("widgets_values"))),
        )
        for node in _list(workflow.get("nodes"))
        if isinstance(node, dict)
        and isinstance(node.get("type"), str)
        and isinstance(node.get("id"), str | int)
        and node.get("mode") != _MUTED
    }


def _workflow_inputs(node: Mapping[str, Any], feeds: Mapping[object, str]) -> Iterator[tuple[str, str]]:
    for plug in _list(node.get("inputs")):
        match plug:
            case {"name": str() as slot, "link": int() as number} if number in feeds:
                yield slot, feeds[number]


def _model_files(values: Iterable[object]) -> tuple[str, ...]:
    return tuple(value for value in values if isinstance(value, str) and _MODEL_FILE.search(value))


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
