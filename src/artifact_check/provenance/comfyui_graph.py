"""ComfyUI's node graph: did the saved picture start from noise, or from a picture that was loaded?

ComfyUI saves the graph twice (ComfyUI, nodes.py, SaveImage). `prompt` holds the executed nodes as `{id: {"class_type":
..., "inputs": {name: value or [id, slot]}}}`. `workflow` is the editor's `{"nodes": [...], "links": [[id, from, slot,
to, slot, type], ...]}`. Since 2025 a node's type may be the id of a graph in `definitions`, whose links are objects.

The graph is followed backwards from the nodes that save. A picture that only guides the model, through a ControlNet or
as a style, is not on that path. A loaded picture that an editing model changes is searched for in the whole graph.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

Origin = Literal["made", "processed", "open", "unclear"]

_BYPASSED, _MUTED = 4, 2  # modes of a node in the editor
_INNER_INPUT, _INNER_OUTPUT = -10, -20  # ids of the two ends of a graph inside a node
_MAX_NODES = 20_000
_MAX_NESTED = 8  # graphs inside graphs

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
# Nodes that send the prompt to a company (ComfyUI, comfy_api_nodes, November 2026).
_PROVIDERS = {
    "Alibaba": re.compile(r"Wan\w*Image\w*Api"),
    "Black Forest Labs": re.compile(r"Flux2?(Pro|Max|KontextPro|KontextMax)\w*Node"),
    "Bria": re.compile(r"BriaImage"),
    "ByteDance": re.compile(r"ByteDance(Image|Seedream)"),
    "Google": re.compile(r"Gemini(Image|NanoBanana)|Google(Imagen|Gemini)Image"),
    "Ideogram": re.compile(r"IdeogramV\d"),
    "Kling": re.compile(r"Kling\w*Image(?!2Video)"),
    "Luma": re.compile(r"LumaImage"),
    "OpenAI": re.compile(r"OpenAI(Dalle|GPTImage)"),
    "Recraft": re.compile(r"Recraft\w+Node"),
    "Reve": re.compile(r"ReveImage"),
    "Runway": re.compile(r"RunwayTextToImage"),
    "Stability AI": re.compile(r"Stability(StableImage|Upscale)"),
    "xAI": re.compile(r"GrokImage"),
}
_PROVIDER_EDITS = re.compile(
    r"edit|fill|expand|kontext|modify|remix|replace|remove|upscale|inpaint|imagetoimage|reframe|vectorize",
    re.IGNORECASE,
)
_MODEL_FILE = re.compile(r"\.(safetensors|ckpt|gguf|pth|pt|sft|bin)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Node:
    kind: str
    sources: tuple[tuple[str, str], ...]  # (name of the input, id of the node that feeds it)
    model_files: tuple[str, ...]

    def edits(self) -> bool:
        return any(_EDITS.search(name) for name in (self.kind, *self.model_files))


class Trace(NamedTuple):
    """How a picture was produced, and the company whose model did it; "" if the model ran in ComfyUI itself.

    `origin` is "made" if it was sampled from an empty latent, or by a company from text, "processed" if it started from
    a loaded picture, "open" if it was sampled from something unknown, "unclear" if it was neither sampled nor loaded.
    """

    origin: Origin
    provider: str


def trace(prompt: Mapping[str, Any], workflow: Mapping[str, Any]) -> Trace | None:
    """Return how the saved picture was produced, from `prompt` or else `workflow`; None if neither is a graph."""
    nodes = _prompt_nodes(prompt) or _workflow_nodes(workflow)
    if not nodes:
        return None
    ends = _output_nodes(nodes)
    pixels = [nodes[name] for name in _upstream(nodes, ends, follow=lambda name: name.lower() not in _NON_PIXEL_INPUTS)]
    everything = [nodes[name] for name in _upstream(nodes, ends, follow=lambda _: True)]
    edited = _any(_LOADS, everything) and any(node.edits() for node in everything)
    remote = {node.kind: provider for node in pixels if (provider := _provider(node.kind))}
    provider = next(iter(remote.values()), "")
    if _any(_LOADS, pixels) or edited:
        return Trace("processed", provider)
    if not remote and not _any(_SAMPLES, pixels):
        return Trace("unclear", provider)
    made = _any(_EMPTY, pixels) or any(not _PROVIDER_EDITS.search(kind) for kind in remote)
    return Trace("made" if made else "open", provider)


def _provider(kind: str) -> str:
    return next((name for name, pattern in _PROVIDERS.items() if pattern.match(kind)), "")


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
    graphs = _list(_dict(workflow.get("definitions")).get("subgraphs"))
    editor = _Editor({graph["id"]: graph for graph in map(_dict, graphs) if isinstance(graph.get("id"), str)}, {})
    editor.add(workflow)
    return editor.nodes


@dataclass(frozen=True, slots=True)
class _Editor:
    """Collects the nodes of the editor's graph, and of the graphs inside its nodes."""

    subgraphs: Mapping[str, dict[str, Any]]
    nodes: dict[str, _Node]

    def add(self, graph: Mapping[str, Any], prefix: str = "", outside: tuple[str, ...] = (), depth: int = 0) -> None:
        """Add a graph's nodes, with `prefix` before their ids; `outside` feeds the inputs of an inner graph."""
        feeds = {number: _feeding(source, slot, prefix, outside) for number, source, slot, _ in _links(graph)}
        for node in map(_dict, _list(graph.get("nodes"))):
            number, kind, mode = node.get("id"), node.get("type"), node.get("mode")
            if not isinstance(kind, str) or not isinstance(number, str | int) or mode == _MUTED:
                continue
            if len(self.nodes) >= _MAX_NODES:
                return
            name, inner = f"{prefix}{number}", None if mode == _BYPASSED else self.subgraphs.get(kind)
            plugs = tuple(_plugs(node, feeds))
            if inner is None:
                sources = tuple((slot, source) for slot, source in plugs if source)
            else:
                sources = tuple(("images", f"{name}:{end}") for end in _ends(inner))
                kind = ""
            self.nodes[name] = _Node(
                "" if mode == _BYPASSED else kind, sources, _model_files(_list(node.get("widgets_values")))
            )
            if inner is not None and depth < _MAX_NESTED:
                self.add(inner, f"{name}:", tuple(source for _, source in plugs), depth + 1)


def _links(graph: Mapping[str, Any]) -> Iterator[tuple[object, str | int, int, object]]:
    """Yield a link's id, the node and slot where it begins, and the node where it ends."""
    for link in _list(graph.get("links")):
        match link:
            case [int() as number, str() | int() as source, *rest]:
                yield number, source, rest[0] if rest and isinstance(rest[0], int) else 0, rest[1:2] and rest[1]
            case {"id": int() as number, "origin_id": str() | int() as source}:
                slot = link.get("origin_slot")
                yield number, source, slot if isinstance(slot, int) else 0, link.get("target_id")


def _feeding(source: str | int, slot: int, prefix: str, outside: tuple[str, ...]) -> str:
    """Return the id of the node that a link begins at; "" if nothing is plugged in there from outside."""
    if source == _INNER_INPUT:
        return outside[slot] if 0 <= slot < len(outside) else ""
    return f"{prefix}{source}"


def _ends(graph: Mapping[str, Any]) -> list[str]:
    """Return the ids of the nodes that an inner graph hands out; if it does not say, of those that feed no other."""
    links = tuple(_links(graph))
    handed_out = [str(source) for _, source, _, target in links if target == _INNER_OUTPUT and source != _INNER_INPUT]
    feeding = {str(source) for _, source, _, _ in links}
    names = [str(node.get("id")) for node in map(_dict, _list(graph.get("nodes")))]
    return list(dict.fromkeys(handed_out)) or [name for name in names if name not in feeding]


def _plugs(node: Mapping[str, Any], feeds: Mapping[object, str]) -> Iterator[tuple[str, str]]:
    """Yield name and source of each input; the source is "" if nothing feeds it."""
    for plug in map(_dict, _list(node.get("inputs"))):
        name, link = plug.get("name"), plug.get("link")
        yield str(name), feeds.get(link, "") if isinstance(link, int) and isinstance(name, str) else ""


def _model_files(values: Iterable[object]) -> tuple[str, ...]:
    return tuple(value for value in values if isinstance(value, str) and _MODEL_FILE.search(value))


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
