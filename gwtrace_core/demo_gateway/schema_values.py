"""Makes a value that fits a JSON schema, so that structured answers can be simulated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_MAX_DEPTH = 12
_WORDS = ("Simulated", "demo", "answer")


def example_value(schema: Mapping[str, Any], *, text: str = "") -> Any:
    """A value that fits `schema` (the common keywords). `text` is used where a string is free.

    A schema nested more than twelve levels deep, as recursive ones are, is cut with a null.
    """
    return _value(schema, root=schema, name="", text=text, depth=0)


def _value(
    schema: Mapping[str, Any], *, root: Mapping[str, Any], name: str, text: str, depth: int
) -> Any:
    if depth > _MAX_DEPTH:
        return None
    schema = _resolved(schema, root)
    for keyword in ("const", "default"):
        if keyword in schema:
            return schema[keyword]
    if options := schema.get("enum") or schema.get("examples"):
        return options[0]
    for keyword in ("anyOf", "oneOf"):
        if branches := schema.get(keyword):
            branch = next((b for b in branches if b.get("type") != "null"), branches[0])
            return _value(branch, root=root, name=name, text=text, depth=depth + 1)
    match _type_of(schema):
        case "object":
            return _object(schema, root=root, text=text, depth=depth)
        case "array":
            item = schema.get("items", {"type": "string"})
            count = max(1, int(schema.get("minItems", 2)))
            count = min(count, int(schema.get("maxItems", count)))
            value = _value(item, root=root, name=name, text=text, depth=depth + 1)
            return [value] * count
        case "boolean":
            return True
        case "integer":
            return int(_number(schema, step=1))
        case "number":
            return _number(schema, step=0.5)
        case "null":
            return None
        case _:
            return _string(schema, name=name, text=text)


def _resolved(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Mapping[str, Any]:
    """Follow `$ref` within the document, and merge `allOf`."""
    for _ in range(_MAX_DEPTH):
        reference = schema.get("$ref")
        if not isinstance(reference, str):
            break
        target: Any = root
        for part in reference.removeprefix("#/").split("/"):
            target = target.get(part, {}) if isinstance(target, Mapping) else {}
        schema = target
    merged: dict[str, Any] = dict(schema)
    for part in schema.get("allOf", ()):
        part = _resolved(part, root)
        merged["properties"] = {**merged.get("properties", {}), **part.get("properties", {})}
        merged["required"] = [*merged.get("required", ()), *part.get("required", ())]
        merged.update({k: v for k, v in part.items() if k not in ("properties", "required")})
    return merged


def _type_of(schema: Mapping[str, Any]) -> str:
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((k for k in kind if k != "null"), "null")
    if isinstance(kind, str):
        return kind.lower()  # Google writes the types in capitals
    return "object" if "properties" in schema else "string"


def _object(
    schema: Mapping[str, Any], *, root: Mapping[str, Any], text: str, depth: int
) -> dict[str, Any]:
    properties = schema.get("properties", {})
    return {
        name: _value(inner, root=root, name=name, text=text, depth=depth + 1)
        for name, inner in properties.items()
    }


def _number(schema: Mapping[str, Any], *, step: float) -> float:
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    high = schema.get("maximum", schema.get("exclusiveMaximum"))
    if low is not None and high is not None:
        value = (low + high) / 2
    elif low is not None:
        value = low + step
    elif high is not None:
        value = high - step
    else:
        value = 3 if step == 1 else 0.5
    if multiple := schema.get("multipleOf"):
        value = value // multiple * multiple
    return value


_FORMATS = {
    "date": "2026-01-15",
    "date-time": "2026-01-15T09:30:00Z",
    "time": "09:30:00Z",
    "email": "demo@example.com",
    "uri": "https://example.com/demo",
    "uuid": "00000000-0000-4000-8000-000000000000",
}


def _string(schema: Mapping[str, Any], *, name: str, text: str) -> str:
    if (known := _FORMATS.get(schema.get("format", ""))) is not None:
        return known
    words = " ".join(_WORDS)
    value = f"{words}: {name.replace('_', ' ')}" if name else text or words
    minimum, maximum = int(schema.get("minLength", 0)), schema.get("maxLength")
    value = value.ljust(minimum, ".")
    return value if maximum is None else value[: int(maximum)]
