"""Labels, canned responses, custom attributes and saved filters (contract 5.7)."""

from __future__ import annotations

import re

from aiohttp import web

from criabot.testing.platform.api.actions import enum
from criabot.testing.platform.http import Call, Routes, not_found
from criabot.testing.platform.tables import Table, refuse, texts, truths, wrapped
from criabot.testing.platform.times import iso
from criabot.testing.platform.world import Json, Label

__all__ = ["routes"]

routes = Routes("/api/v1/accounts/{account}")

TITLE = re.compile(r"[\w-]+")
CANNED = Table("canned_response", required=("short_code", "content"), unique=("short_code",))
ATTRIBUTES = Table(
    "custom_attribute_definition",
    required=("attribute_display_name", "attribute_key"),
    unique=("attribute_key", "attribute_model"),
)
FILTERS = Table("custom_filter", required=("name",))

MODELS = ("conversation_attribute", "contact_attribute")
DISPLAY_TYPES = ("text", "number", "currency", "percent", "link", "date", "list", "checkbox")
FILTER_TYPES = ("conversation", "contact", "report")
ATTRIBUTE_TEXTS = (
    "attribute_display_name", "attribute_description", "attribute_key", "regex_pattern", "regex_cue", "default_value",
)  # fmt: skip


# -- labels -----------------------------------------------------------------------------------------------------


def label_json(label: Label) -> Json:
    """A defined label."""
    return {
        "id": label.id,
        "title": label.title,
        "description": label.description,
        "color": label.color,
        "show_on_sidebar": label.show_on_sidebar,
    }


@routes.get("/labels")
def labels(call: Call) -> Json:
    """All labels, by title."""
    ordered = sorted(call.world.labels.values(), key=lambda label: label.title)
    return {"payload": [label_json(label) for label in ordered]}


@routes.get("/labels/{id}")
def show_label(call: Call) -> Json:
    """One label."""
    return label_json(_label(call))


@routes.post("/labels", "admin")
def create_label(call: Call) -> Json:
    """A new label."""
    values = _label_values(call, None)
    label = Label(call.world.new_id("label"), **values)
    call.world.labels[label.id] = label
    return label_json(label)


@routes.patch("/labels/{id}", "admin")
def update_label(call: Call) -> Json:
    """Change a label."""
    label = _label(call)
    for key, value in _label_values(call, label).items():
        setattr(label, key, value)
    return label_json(label)


@routes.delete("/labels/{id}", "admin")
def delete_label(call: Call) -> None:
    """Delete a label."""
    del call.world.labels[_label(call).id]


def _label(call: Call) -> Label:
    label = call.world.labels.get(call.number("id"))
    if label is None:
        raise not_found()
    return label


def _label_values(call: Call, label: Label | None) -> Json:
    given = wrapped(call, "label")
    values = texts(given, "title", "description", "color") | truths(given, "show_on_sidebar")
    title = str(values.get("title", label.title if label else None) or "").lower()
    problems = [] if title else [("title", "must not be blank")]
    if not TITLE.fullmatch(title):
        problems.append(("title", "is invalid"))
    if any(each.title == title and each is not label for each in call.world.labels.values()):
        problems.append(("title", "has already been taken"))
    refuse(problems)
    return {**values, "title": title}


# -- canned responses -------------------------------------------------------------------------------------------


@routes.get("/canned_responses")
def canned_responses(call: Call) -> list[Json]:
    """All, or those with a text in code or content: code at the beginning first, then elsewhere, then content."""
    rows, search = CANNED.rows(call.world), call.query.get("search", "").lower()
    found = [row for row in rows if search in row["short_code"].lower() or search in row["content"].lower()]
    return [_canned(call, row) for row in sorted(found, key=lambda row: _rank(row["short_code"].lower(), search))]


def _rank(code: str, search: str) -> int:
    return 0 if code.startswith(search) else 1 if search in code else 2


@routes.post("/canned_responses")
def create_canned_response(call: Call) -> Json:
    """A new canned response."""
    values = {"short_code": None, "content": None} | _canned_values(call)
    return _canned(call, CANNED.insert(call.core, **values))


@routes.patch("/canned_responses/{id}")
def update_canned_response(call: Call) -> Json:
    """Change a canned response."""
    return _canned(call, CANNED.update(call.core, CANNED.row(call), **_canned_values(call)))


@routes.delete("/canned_responses/{id}")
def delete_canned_response(call: Call) -> None:
    """Delete a canned response."""
    CANNED.delete(call.world, CANNED.row(call))


def _canned_values(call: Call) -> Json:
    return texts(wrapped(call, "canned_response"), "short_code", "content")


def _canned(call: Call, row: Json) -> Json:
    return {**_timed(row), "account_id": call.world.account.id}


# -- custom attributes ------------------------------------------------------------------------------------------


@routes.get("/custom_attribute_definitions")
def attributes(call: Call) -> list[Json]:
    """All, or those of conversations (0) or contacts (1)."""
    model = call.query.get("attribute_model")
    wanted = enum(int(model) if model.isdecimal() else model, MODELS) if model else None
    return [_timed(row) for row in ATTRIBUTES.rows(call.world) if wanted in (None, row["attribute_model"])]


@routes.get("/custom_attribute_definitions/{id}")
def show_attribute(call: Call) -> Json:
    """One definition."""
    return _timed(ATTRIBUTES.row(call))


@routes.post("/custom_attribute_definitions")
def create_attribute(call: Call) -> Json:
    """A new definition."""
    defaults: Json = dict.fromkeys(ATTRIBUTE_TEXTS) | {
        "attribute_display_type": "text", "attribute_model": MODELS[0], "attribute_values": [],
    }  # fmt: skip
    return _timed(ATTRIBUTES.insert(call.core, **defaults | _attribute_values(call)))


@routes.patch("/custom_attribute_definitions/{id}")
def update_attribute(call: Call) -> Json:
    """Change a definition."""
    return _timed(ATTRIBUTES.update(call.core, ATTRIBUTES.row(call), **_attribute_values(call)))


@routes.delete("/custom_attribute_definitions/{id}")
def delete_attribute(call: Call) -> web.Response:
    """Delete a definition: 204."""
    ATTRIBUTES.delete(call.world, ATTRIBUTES.row(call))
    return web.Response(status=204)


def _attribute_values(call: Call) -> Json:
    given = wrapped(call, "custom_attribute_definition")
    values = texts(given, *ATTRIBUTE_TEXTS)
    for key, names in (("attribute_display_type", DISPLAY_TYPES), ("attribute_model", MODELS)):
        if given.get(key) is not None:
            values[key] = enum(given[key], names)
    if isinstance(given.get("attribute_values"), list):
        values["attribute_values"] = given["attribute_values"]
    return values


# -- saved filters ----------------------------------------------------------------------------------------------


@routes.get("/custom_filters")
def filters(call: Call) -> list[Json]:
    """The user's own filters of a kind: conversation, unless told otherwise."""
    kind = call.query.get("filter_type", "conversation")
    return [_filter(row) for row in FILTERS.rows(call.world) if _owns(call, row) and row["filter_type"] == kind]


@routes.get("/custom_filters/{id}")
def show_filter(call: Call) -> Json:
    """One of the user's own filters."""
    return _filter(_own_filter(call))


@routes.post("/custom_filters")
def create_filter(call: Call) -> Json:
    """A new filter."""
    defaults: Json = {"name": None, "filter_type": "conversation", "query": {}, "user_id": call.user.id}
    return _filter(FILTERS.insert(call.core, **defaults | _filter_values(call)))


@routes.patch("/custom_filters/{id}")
def update_filter(call: Call) -> Json:
    """Change a filter."""
    return _filter(FILTERS.update(call.core, _own_filter(call), **_filter_values(call)))


@routes.delete("/custom_filters/{id}")
def delete_filter(call: Call) -> web.Response:
    """Delete a filter: 204."""
    FILTERS.delete(call.world, _own_filter(call))
    return web.Response(status=204)


def _own_filter(call: Call) -> Json:
    row = FILTERS.row(call)
    if not _owns(call, row):
        raise not_found()
    return row


def _owns(call: Call, row: Json) -> bool:
    return bool(row["user_id"] == call.user.id)


def _filter_values(call: Call) -> Json:
    given = wrapped(call, "custom_filter")
    values = texts(given, "name")
    if given.get("filter_type", given.get("type")) is not None:
        values["filter_type"] = enum(given.get("filter_type", given.get("type")), FILTER_TYPES)
    if isinstance(given.get("query"), dict):
        values["query"] = given["query"]
    return values


def _filter(row: Json) -> Json:
    return {key: value for key, value in _timed(row).items() if key != "user_id"}


# -- parts ------------------------------------------------------------------------------------------------------


def _timed(row: Json) -> Json:
    return {**row, "created_at": iso(row["created_at"]), "updated_at": iso(row["updated_at"])}
