"""Makes a value that fits a JSON schema, so that structured answers can be simulated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gwtrace_core.demo_gateway.model.conversation import Json, as_list, as_mapping, as_text

_MAX_DEPTH = 12
_FORMATS = {
    "date": "2026-01-15",
    "date-time": "2026-01-15T09:30:00Z",
    "time": "09:30:00Z",
    "email": "demo@example.com",
    "uri": "https://example.com/demo",
    "uuid": "00000000-0000-4000-8000-000000000000",
}


def example_value(schema: Mapping[str, Any], *, text: str = "") -> Any:
    """A value that fits `schema` (the common keywords, `$ref` within it, Google's capitals).

    `text` stands where a string is free. A schema nested more than twelve levels deep, as a
    recursive one is, ends in a null.
    """
    root = dict(schema)
    return _Maker(root=root, text=text).value(root, name="", depth=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Maker:
    root: Json
    text: str

    def value(self, schema: Json, *, name: str, depth: int) -> Any:
        if depth > _MAX_DEPTH:
            return None
        schema = self._resolved(schema)
        for keyword in ("const", "default"):
            if keyword in schema:
                return schema[keyword]
        if options := as_list(schema.get("enum")) or as_list(schema.get("examples")):
            return options[0]
        if branches := as_list(schema.get("anyOf")) or as_list(schema.get("oneOf")):
            kinds = [as_mapping(branch) for branch in branches]
            branch = next((kind for kind in kinds if kind.get("type") != "null"), kinds[0])
            return self.value(branch, name=name, depth=depth + 1)
        return self._by_type(schema, name=name, depth=depth)

    def _by_type(self, schema: Json, *, name: str, depth: int) -> Any:
        match _type_of(schema):
            case "object":
                properties = as_mapping(schema.get("properties"))
                return {
                    key: self.value(as_mapping(inner), name=key, depth=depth + 1)
                    for key, inner in properties.items()
                }
            case "array":
                item = as_mapping(schema.get("items"))
                count = max(1, int(schema.get("minItems", 2)))
                count = min(count, int(schema.get("maxItems", count)))
                return [self.value(item, name=name, depth=depth + 1)] * count
            case "boolean":
                return True
            case "integer":
                return int(_number(schema, step=1))
            case "number":
                return _number(schema, step=0.5)
            case "null":
                return None
            case _:
                return self._string(schema, name)

    def _resolved(self, schema: Json) -> Json:
        """Follow `$ref` within the document, and merge `allOf`."""
        for _ in range(_MAX_DEPTH):
            reference = as_text(schema.get("$ref"))
            if not reference:
                break
            target = self.root
            for part in filter(None, reference.removeprefix("#").split("/")):
                target = as_mapping(target.get(part))
            schema = target
        merged = dict(schema)
        for part in map(as_mapping, as_list(schema.get("allOf"))):
            resolved = self._resolved(part)
            properties = as_mapping(resolved.get("properties"))
            merged |= {key: value for key, value in resolved.items() if key != "properties"}
            merged["properties"] = {**as_mapping(merged.get("properties")), **properties}
        return merged

    def _string(self, schema: Json, name: str) -> str:
        if (known := _FORMATS.get(as_text(schema.get("format")))) is not None:
            return known
        words = f"Simulated {name.replace('_', ' ')}" if name else self.text or "Simulated"
        words = words.ljust(int(schema.get("minLength", 0)), ".")
        longest = schema.get("maxLength")
        return words if longest is None else words[: int(longest)]


def _type_of(schema: Json) -> str:
    kind = schema.get("type")
    kinds = [kind] if isinstance(kind, str) else [as_text(each) for each in as_list(kind)]
    named = [each.lower() for each in kinds if each != "null"]
    if named:
        return named[0]
    if kinds:
        return "null"
    return "object" if "properties" in schema else "string"


def _number(schema: Json, *, step: float) -> float:
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    high = schema.get("maximum", schema.get("exclusiveMaximum"))
    if low is not None and high is not None:
        value = (low + high) / 2
    elif low is not None:
        value = low + step
    elif high is not None:
        value = high - step
    else:
        value = 3 * step
    multiple = schema.get("multipleOf")
    return value // multiple * multiple if multiple else value
