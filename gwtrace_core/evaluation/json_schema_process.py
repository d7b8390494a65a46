"""`python -m gwtrace_core.evaluation.json_schema_process`: holds answers against JSON schemas.

A process of its own, because neither `jsonschema` nor `re` can be told when to give up: the one
that started it ends it. One question a line on standard input, its answer a line on standard
output, both JSON; over when standard input closes, so that it goes with its parent.
"""

from __future__ import annotations

import contextlib
import json
import sys
from typing import Any

import jsonschema
import referencing
from jsonschema import validators
from referencing.exceptions import Unresolvable

_MEMORY_BYTES = 1 << 30
_FENCE = "```"
_library: Any = validators  # its types are not all known


def main() -> None:
    """Answer until there are no more questions."""
    _bound_memory()
    _say("ready")
    for line in sys.stdin:
        question = json.loads(line)
        _say(json.dumps(_answer(question["schema"], question["answer"])))


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _answer(schema_text: str, answer: str | None) -> dict[str, str]:
    """`{"schema": what is wrong with it, "use": what shows only in use, "fault": the answer's}`."""
    found = {"schema": _check_schema(schema_text), "use": "", "fault": ""}
    if found["schema"] or answer is None:
        return found
    try:
        found["fault"] = _find_fault(schema_text, answer)
    except Unresolvable as exc:
        found["use"] = f"The schema refers to {exc.ref!r}, which is not in it; nothing is fetched."
    except (RecursionError, MemoryError):
        found["use"] = "The schema or the answer is nested too deeply or too large."
    return found


def _check_schema(schema_text: str) -> str:
    try:
        schema = json.loads(schema_text)
        _library.validator_for(schema, default=jsonschema.Draft202012Validator).check_schema(schema)
    except json.JSONDecodeError as exc:
        return f"The schema is no JSON: line {exc.lineno}, column {exc.colno}: {exc.msg}."
    except jsonschema.SchemaError as exc:
        return f"The schema is no JSON schema: at {exc.json_path}: {_cut(exc.message)}."
    except (RecursionError, MemoryError):
        return "The schema is nested too deeply or too large."
    return ""


def _find_fault(schema_text: str, answer: str) -> str:
    """The first fault of the answer, and how many more there are; empty when it fits."""
    try:
        value = json.loads(_strip_fence(answer))
    except json.JSONDecodeError as exc:
        return f"The answer is no JSON: line {exc.lineno}, column {exc.colno}: {exc.msg}."
    except (ValueError, RecursionError):
        return "The answer is no JSON that can be read: it is nested too deeply or too large."
    schema = json.loads(schema_text)
    # A registry without a way to fetch: by default what a schema refers to would be downloaded.
    registry: referencing.Registry[Any] = referencing.Registry()
    validator = _library.validator_for(schema, default=jsonschema.Draft202012Validator)
    faults: list[Any] = list(validator(schema, registry=registry).iter_errors(value))
    if not faults:
        return ""
    # The places are in the order of the schema, and this is the order in which one reads.
    first = min(faults, key=lambda fault: [str(each) for each in fault.absolute_path])
    more = f" ({len(faults) - 1:,} more)" if len(faults) > 1 else ""
    return f"At {first.json_path}: {_cut(first.message)}{more}."


def _strip_fence(answer: str) -> str:
    """The answer without a code fence around all of it."""
    text = answer.strip()
    lines = text.splitlines()
    if len(lines) < 3 or not lines[0].startswith(_FENCE) or lines[-1].strip() != _FENCE:
        return text
    return "\n".join(lines[1:-1])


def _cut(text: str) -> str:
    line = " ".join(text.split()).rstrip(".")
    return line if len(line) <= 200 else line[:199] + "…"


def _bound_memory() -> None:
    # Not on Windows; there only the time is bounded.
    with contextlib.suppress(ImportError):
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_AS)
        limit = _MEMORY_BYTES if most == resource.RLIM_INFINITY else min(_MEMORY_BYTES, most)
        resource.setrlimit(resource.RLIMIT_AS, (limit, most))


if __name__ == "__main__":
    main()
