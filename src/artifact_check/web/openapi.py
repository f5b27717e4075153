"""The OpenAPI 3.1 document of the API. Enumerated values come from the result types."""

from __future__ import annotations

from typing import Any, get_args

from artifact_check import __version__
from artifact_check.report import words
from artifact_check.results import SCHEMA, CueStatus, DeclarationKind, Says, Status, Trust, Verdict
from artifact_check.web.uploads import FIELD, MAX_MB

_JSON = "application/json"
_ON_THE_PAGE = "Whether a headshot still looks like its owner is compared on the page alone; nothing is kept of it."


def build_document() -> dict[str, Any]:
    """Return the document, ready for JSON."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": words.TITLE,
            "version": __version__,
            "description": f"{words.SCALE} {words.HONESTY} {_ON_THE_PAGE}",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": {"/api/check": {"post": _check_operation()}},
        "components": {
            "schemas": {
                "PhotoReport": _report(),
                "Cue": _cue(),
                "Declaration": _declaration(),
                "PhotoFacts": _facts(),
                "Error": _object({"error": {"type": "string"}}),
            }
        },
    }


def _check_operation() -> dict[str, Any]:
    binary = {"type": "string", "contentMediaType": "application/octet-stream"}
    return {
        "operationId": "check",
        "summary": "Check one photo.",
        "description": "Photos that cannot be assessed also get a report; its status and message say why.",
        "requestBody": {
            "required": True,
            "description": f"The photo file, up to {MAX_MB} MB, in a form or as the whole body.",
            "content": {
                "multipart/form-data": {"schema": _object({FIELD: binary})},
                "application/octet-stream": {"schema": {}},
                "image/*": {"schema": {}},
            },
        },
        "responses": {
            "200": _response("The report.", "PhotoReport"),
            "400": _response("The request contains no photo.", "Error"),
            "403": _response("The request comes from another website, or the host name is unknown.", "Error"),
            "408": _response("The upload timed out.", "Error"),
            "413": _response(f"The file is larger than {MAX_MB} MB.", "Error"),
        },
    }


def _response(meaning: str, schema: str) -> dict[str, Any]:
    return {"description": meaning, "content": {_JSON: {"schema": _ref(schema)}}}


def _report() -> dict[str, Any]:
    probability = _nullable("number", minimum=0, maximum=1)
    return _object(
        {
            "schema": {"const": SCHEMA},
            "path": {"type": "string", "description": "The file name from the request."},
            "sha256": _nullable("string", pattern="^[0-9a-f]{64}$"),
            "phash": _nullable("string", pattern="^[0-9a-f]{64}$", description="Perceptual hash."),
            "copy_of": {"type": "null"},  # one photo at a time
            "similar_to": {"type": "null"},
            "model": _nullable("string"),
            "status": _one_of(Status),
            "message": _nullable("string", description="What happened, and what to do."),
            "verdict": {"enum": [*get_args(Verdict), None]},
            "p_ai": probability,
            "p_ai_low": probability,
            "p_ai_high": probability,
            "authenticity": _nullable("integer", minimum=0, maximum=100, description=words.DIRECTION),
            "generator": _nullable("string", description="What made or edited the picture with AI, as the file says."),
            "cues": _list(_ref("Cue")),
            "provenance": _list(_ref("Declaration")),
            "platforms": _list({"type": "string"}),
            "photo": {"oneOf": [_ref("PhotoFacts"), {"type": "null"}]},
            "good_for": _nullable("string", description="What the photo is large and sharp enough for."),
            "advice": _list({"type": "string"}),
        }
    )


def _cue() -> dict[str, Any]:
    typical = {"type": ["array", "null"], "items": {"type": ["number", "null"]}, "minItems": 2, "maxItems": 2}
    measure = {
        "key": {"type": "string"},
        "name": {"type": "string", "description": "What there is more of where the value is high."},
        "value": _nullable("number"),
        "unit": {"type": "string"},
        "typical": typical,
        "contribution": _nullable("number", description="Contribution to the log-odds of AI; null without a weight."),
    }
    return _object(
        {
            "name": {"type": "string"},
            "title": {"type": "string", "description": "The name for people."},
            "innocent": {"type": "string", "description": "What else than AI may cause what the cue sees."},
            "status": _one_of(CueStatus),
            "reason": _nullable("string"),
            "score": _nullable("number", description="Share of camera photos that look less suspicious, 0 to 1."),
            "contribution": _nullable("number", description="Contribution to the log-odds of AI."),
            "summary": {"type": "string"},
            "measures": _list(_object(measure)),
        }
    )


def _declaration() -> dict[str, Any]:
    enums = {"kind": DeclarationKind, "says": Says, "trust": Trust}
    texts = {key: {"type": "string"} for key in ("detail", "generator")}
    return _object({**{key: _one_of(literal) for key, literal in enums.items()}, **texts})


def _facts() -> dict[str, Any]:
    count, length = {"type": "integer"}, _nullable("number")
    return _object(
        {
            "width": count,
            "height": count,
            "format": {"type": "string"},
            "faces": _nullable("integer"),
            "face_width": length,
            "iod": length,
            "jpeg_quality": _nullable("integer", minimum=1, maximum=100),
            "megapixels": {"type": "number"},
        }
    )


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _list(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


def _nullable(kind: str, **more: object) -> dict[str, Any]:
    return {"type": [kind, "null"], **more}


def _one_of(literal: object) -> dict[str, Any]:
    return {"enum": list(get_args(literal))}


def _ref(schema: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{schema}"}
