"""The OpenAPI document: what FastAPI finds, plus the hot path it does not know of, the keys and the problems."""

from typing import Any

from fastapi import FastAPI

from gateway.api.problems import KINDS, MEDIA_TYPE
from gateway.api.transmissions import MAX_MESSAGE_ID_CHARACTERS, PATH

_PROBLEM: dict[str, Any] = {
    "type": "object",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string", "enum": [f"urn:edi-gateway:problem:{name}" for name in KINDS]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
    },
}
_ACCEPTED: dict[str, Any] = {
    "type": "object",
    "required": ["transmission_id", "message_id", "known"],
    "properties": {
        "transmission_id": {"type": "string"},
        "message_id": {"type": ["string", "null"]},
        "known": {"type": "boolean", "description": "The message id had been stored before; nothing new was taken."},
    },
}


def _parameter(name: str, place: str, description: str, length: int) -> dict[str, Any]:
    schema = {"type": "string", "maxLength": length}
    return {"name": name, "in": place, "required": False, "description": description, "schema": schema}


def _refusal(description: str) -> dict[str, Any]:
    return {"description": description, "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}}


def _transmit() -> dict[str, Any]:
    accepted = {"application/json": {"schema": {"$ref": "#/components/schemas/Accepted"}}}
    own_id = "The sender's own id: the same id again gives the same transmission."
    return {
        "tags": ["transmissions"],
        "summary": "Hand in one file; 202 means its bytes are on disk",
        "parameters": [
            _parameter("X-Message-Id", "header", own_id, MAX_MESSAGE_ID_CHARACTERS),
            _parameter("message_id", "query", own_id, MAX_MESSAGE_ID_CHARACTERS),
            _parameter("file_name", "query", "A name to show to people.", 255),
        ],
        "requestBody": {"required": True, "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}},
        "responses": {
            "202": {"description": "Stored", "content": accepted},
            "409": _refusal("The message id came before with other content"),
            "413": _refusal("Larger than agreed"),
            "503": _refusal("Busy: come again after Retry-After seconds"),
        },
    }


def describe(application: FastAPI) -> None:
    """Complete the document the first time it is asked for."""
    found_by_framework = application.openapi

    def complete() -> dict[str, Any]:
        """The framework's document with what it cannot know: the route for whole files, refusals, and who may call."""
        document = found_by_framework()
        if "Problem" in document.setdefault("components", {}).setdefault("schemas", {}):
            return document
        components = document["components"]
        components["schemas"].update({"Problem": _PROBLEM, "Accepted": _ACCEPTED})
        components["securitySchemes"] = {
            "bearer": {"type": "http", "scheme": "bearer"},
            "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
        }
        document["paths"].setdefault(PATH, {})["post"] = _transmit()
        for path, methods in document["paths"].items():
            for operation in methods.values():
                operation["responses"].pop("422", None)
                operation["responses"].setdefault("default", _refusal("Refused: see `type`"))
                operation["security"] = [{"bearer": []}, {"key": []}] if path.startswith("/api/") else []
        return document

    application.openapi = complete  # type: ignore[method-assign]  # FastAPI's documented way to extend it
