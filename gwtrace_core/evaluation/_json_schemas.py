"""Answers held against a JSON schema of the user, without network and within bounds."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from typing import Any

import jsonschema
import referencing
from jsonschema import validators
from referencing.exceptions import Unresolvable

from gwtrace_core.evaluation._patterns import TooSlowError, pattern_problem, search
from gwtrace_core.trace.message_parts import as_list, as_mapping

LIMIT_S = 2.0
_MOST_SCHEMA_CHARS = 50_000
_FENCE = "```"
_library: Any = validators  # its types are not all known
_VALUES = frozenset({"const", "enum", "default", "examples"})
"""Keywords whose values are no schemas."""

_Check = Callable[[Any, Any, Any, Any], Any]
_give_up_s: ContextVar[float] = ContextVar("_give_up_s")


class SchemaUnusableError(Exception):
    """Only when used does the schema show that it cannot be."""


def schema_problem(schema_text: str) -> str:
    """What is wrong with the schema, and where; empty when it can be used."""
    if len(schema_text) > _MOST_SCHEMA_CHARS:
        return (
            f"The schema has {len(schema_text):,} characters; at most {_MOST_SCHEMA_CHARS:,} can "
            "be used."
        )
    try:
        schema = json.loads(schema_text)
        _library.validator_for(schema, default=jsonschema.Draft202012Validator).check_schema(schema)
        return _unchecked_problem(schema)
    except json.JSONDecodeError as exc:
        return f"The schema is no JSON: line {exc.lineno}, column {exc.colno}: {exc.msg}."
    except jsonschema.SchemaError as exc:
        return f"The schema is no JSON schema: at {exc.json_path}: {_cut(exc.message)}."
    except RecursionError:
        return "The schema is nested too deeply."


def faults_of(schema_text: str, answer: str) -> str:
    """The first fault of the answer, and how many more there are; empty when it fits.

    Raises SchemaUnusableError for references that lead nowhere or in circles, TooSlowError.
    """
    try:
        value = json.loads(without_fence(answer))
    except json.JSONDecodeError as exc:
        return f"The answer is no JSON: line {exc.lineno}, column {exc.colno}: {exc.msg}."
    except (ValueError, RecursionError):
        return "The answer is no JSON that can be read: it is nested too deeply or too large."
    token = _give_up_s.set(time.monotonic() + LIMIT_S)
    try:
        faults = list(_validator(json.loads(schema_text)).iter_errors(value))
    except Unresolvable as exc:
        raise SchemaUnusableError(
            f"The schema refers to {exc.ref!r}, which is not in it; nothing is fetched."
        ) from exc
    except RecursionError as exc:
        raise SchemaUnusableError("The schema or the answer is nested too deeply.") from exc
    finally:
        _give_up_s.reset(token)
    if not faults:
        return ""
    # The places are in the order of the schema, and this is the order in which one reads.
    first = min(faults, key=lambda fault: [str(each) for each in fault.absolute_path])
    more = f" ({len(faults) - 1:,} more)" if len(faults) > 1 else ""
    return f"At {first.json_path}: {_cut(first.message)}{more}."


def without_fence(answer: str) -> str:
    """The answer without a code fence around all of it."""
    text = answer.strip()
    lines = text.splitlines()
    if len(lines) < 3 or not lines[0].startswith(_FENCE) or lines[-1].strip() != _FENCE:
        return text
    return "\n".join(lines[1:-1])


def _validator(schema: Any) -> Any:
    base: Any = _library.validator_for(schema, default=jsonschema.Draft202012Validator)
    known: Mapping[str, _Check] = base.VALIDATORS
    timed = {name: _timed(_OWN.get(name, check)) for name, check in known.items()}
    # A registry without a way to fetch: by default what a schema refers to would be downloaded.
    registry: referencing.Registry[Any] = referencing.Registry()
    return _library.extend(base, timed)(schema, registry=registry)


def _timed(check: _Check) -> _Check:
    """The check as long as there is time: references can multiply a small schema without end."""

    def checked(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[Any]:
        if time.monotonic() > _give_up_s.get():
            raise TooSlowError(f"the schema took longer than {LIMIT_S:g} s")
        yield from check(validator, value, instance, schema) or ()

    return checked


def _pattern(validator: Any, pattern: str, instance: Any, schema: Any) -> Iterator[Any]:
    if isinstance(instance, str) and not _is_found(pattern, instance):
        yield jsonschema.ValidationError(f"{instance!r} does not match {pattern!r}")


def _pattern_properties(
    validator: Any, patterns: Mapping[str, Any], instance: Any, schema: Any
) -> Iterator[Any]:
    for name, value in as_mapping(instance).items():
        for pattern, subschema in patterns.items():
            if _is_found(pattern, name):
                yield from validator.descend(value, subschema, path=name, schema_path=pattern)


def _additional_properties(
    validator: Any, allowed: Any, instance: Any, schema: Any
) -> Iterator[Any]:
    patterns = as_mapping(schema.get("patternProperties"))
    for name, value in as_mapping(instance).items():
        if name in as_mapping(schema.get("properties")):
            continue
        if any(_is_found(pattern, name) for pattern in patterns):
            continue
        if allowed is False:
            yield jsonschema.ValidationError(f"The property {name!r} is not allowed")
        else:
            yield from validator.descend(value, allowed, path=name)


_OWN: Mapping[str, _Check] = {
    "pattern": _pattern,
    "patternProperties": _pattern_properties,
    "additionalProperties": _additional_properties,
}
"""Where the library would use `re`, which cannot be told when to give up."""


def _unchecked_problem(schema: Any) -> str:
    """What a schema may not ask for although JSON schema allows it."""
    names: set[str] = set()
    left = [schema]
    while left:
        found = left.pop()
        left += as_list(found)
        for name, value in as_mapping(found).items():
            names.add(name)
            if name not in _VALUES:
                left.append(value)
            patterns = [value] if name == "pattern" and isinstance(value, str) else []
            patterns += as_mapping(value) if name == "patternProperties" else []
            for pattern in patterns:
                if problem := pattern_problem(pattern):
                    return f"In the schema, {pattern[:100]!r}: {problem}"
    if {"unevaluatedProperties", "patternProperties"} <= names:
        return "The schema combines unevaluatedProperties with patternProperties; use one of them."
    return ""


def _is_found(pattern: str, text: str) -> bool:
    left_s = max(0.01, _give_up_s.get() - time.monotonic())
    return search(pattern, text, limit_s=left_s) is not None


def _cut(text: str) -> str:
    line = " ".join(text.split()).rstrip(".")
    return line if len(line) <= 200 else line[:199] + "…"
