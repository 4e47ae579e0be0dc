"""The OpenAPI document: what FastAPI finds, plus the hot path it does not know of, the keys and the problems."""

from typing import Any

from fastapi import FastAPI

from gateway.api import documents
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

_COLLECTED: dict[str, Any] = {
    "type": "object",
    "required": ["id", "state"],
    "properties": {"id": {"type": "string"}, "state": {"type": "string", "const": "collected"}},
}
_OUTBOUND: dict[str, Any] = {
    "type": "object",
    "required": ["schema", "partner", "stage", "body"],
    "additionalProperties": False,
    "properties": {
        "schema": {"type": "string", "description": "A canonical type, such as invoice.v1."},
        "partner": {"type": "string", "description": "The partner's id."},
        "stage": {"type": "string", "enum": ["production", "test"]},
        "set": {"type": "string", "description": "The transaction set, where several could be meant."},
        "agreement": {"type": "string", "description": "The agreement, where several could be meant."},
        "in_answer_to": {"type": "string", "description": "The id of the document that came in."},
        "body": {"type": "object", "description": "The canonical document; decimals are strings."},
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


def _hand_in() -> dict[str, Any]:
    collected = {"application/json": {"schema": {"$ref": "#/components/schemas/Collected"}}}
    words = "Yours: the same key and bytes again give the same answer, and nothing happens twice."
    key = _parameter("Idempotency-Key", "header", words, documents.MAX_KEY_CHARACTERS) | {"required": True}
    posted = {"application/json": {"schema": {"$ref": "#/components/schemas/OutboundDocument"}}}
    return {
        "tags": ["documents"],
        "summary": "Hand in a document for a partner; 202 means it is on disk and good as far as can be said at once",
        "parameters": [key],
        "requestBody": {"required": True, "content": posted},
        "responses": {
            "202": {"description": "Stored", "content": collected},
            "409": _refusal("The key came before with another document"),
            "413": _refusal("Too large"),
            "422": _refusal("The document cannot be sent: `errors` names the fields, or nothing is agreed about it"),
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
        components["schemas"].update({"Collected": _COLLECTED, "OutboundDocument": _OUTBOUND})
        components["securitySchemes"] = {
            "bearer": {"type": "http", "scheme": "bearer"},
            "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
        }
        document["paths"].setdefault(PATH, {})["post"] = _transmit()
        document["paths"].setdefault(documents.PATH, {})["post"] = _hand_in()
        for path, methods in document["paths"].items():
            for operation in methods.values():
                if operation["responses"].get("422", {}).get("description") == "Validation Error":
                    del operation["responses"]["422"]  # the framework's own, which is never sent
                operation["responses"].setdefault("default", _refusal("Refused: see `type`"))
                operation["security"] = [{"bearer": []}, {"key": []}] if path.startswith("/api/") else []
        return document

    application.openapi = complete  # type: ignore[method-assign]  # FastAPI's documented way to extend it
