"""Arithmetic for the calculator tool: a whitelist of syntax nodes, every step bounded."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from gwtrace_core.tools.error import ToolError

Number = int | float

_MAX_EXPRESSION_CHARS = 300
# Whole numbers stay exact, and a chain of powers cannot eat the machine.
_MAX_BITS = 2_048

# Strings, and numbers that run into a word: the parser would print warnings about them.
_FOREIGN = re.compile(r"""["'\\]|\d(?![eE][+-]?\d)[^\W\d_]""")


def _round(value: Number, digits: Number = 0) -> Number:
    # round() of a whole number to minus a billion digits computes that power of ten.
    if not isinstance(digits, int) or abs(digits) > 300:
        raise ToolError("round takes a number of digits between -300 and 300.")
    return round(value, digits or None)


_OPERATORS: Mapping[type[ast.operator], Callable[[Number, Number], Number]] = {
    ast.Add: lambda left, right: left + right,
    ast.Sub: lambda left, right: left - right,
    ast.Mult: lambda left, right: left * right,
    ast.Div: lambda left, right: left / right,
    ast.FloorDiv: lambda left, right: left // right,
    ast.Mod: lambda left, right: left % right,
}
_CONSTANTS: Mapping[str, float] = {"pi": math.pi, "e": math.e}
_FUNCTIONS: Mapping[str, tuple[Callable[..., Any], int, int]] = {
    # name: function, fewest and most arguments
    "sqrt": (math.sqrt, 1, 1),
    "abs": (abs, 1, 1),
    "round": (_round, 1, 2),
    "floor": (math.floor, 1, 1),
    "ceil": (math.ceil, 1, 1),
    "min": (min, 2, 20),
    "max": (max, 2, 20),
    "log": (math.log, 1, 2),
    "log10": (math.log10, 1, 1),
    "exp": (math.exp, 1, 1),
    "sin": (math.sin, 1, 1),
    "cos": (math.cos, 1, 1),
    "tan": (math.tan, 1, 1),
}
_TYPOGRAPHIC = str.maketrans({"×": "*", "÷": "/", "−": "-", "·": "*"})


def evaluate(expression: str) -> str:
    """The value of an arithmetic expression as text; raises ToolError."""
    if len(expression) > _MAX_EXPRESSION_CHARS:
        raise ToolError(f"The expression is longer than {_MAX_EXPRESSION_CHARS} characters.")
    try:
        if _FOREIGN.search(expression):
            raise SyntaxError
        tree = ast.parse(expression.translate(_TYPOGRAPHIC).strip(), mode="eval")
    # Depending on the version and the text, the parser reports with any of these.
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise ToolError(
            f"{expression!r} is not an arithmetic expression. Write for example: (2 + 3) * 4"
        ) from None
    try:
        value = _evaluate(tree.body)
    except ZeroDivisionError:
        raise ToolError(f"{expression!r} divides by zero.") from None
    except OverflowError:
        raise ToolError(f"{expression!r} has a result that is too large.") from None
    except (ValueError, TypeError) as exc:
        raise ToolError(f"{expression!r} has no real value: {exc}.") from None
    return _write_number(value)


def _write_number(value: Number) -> str:
    if isinstance(value, int):
        return str(value)
    if not math.isfinite(value):
        raise ToolError("The result is too large.")
    # 15 digits are what a double holds for certain: 0.1 + 0.2 reads 0.3.
    return f"{value:.15g}"


def _evaluate(node: ast.expr) -> Number:
    match node:
        # A bool is an int to Python, and not a number to anybody else.
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            return _bound(number)
        case ast.Name(id=name) if name in _CONSTANTS:
            return _CONSTANTS[name]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_evaluate(operand)
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _evaluate(operand)
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            return _raise_to(_evaluate(left), _evaluate(right))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            return _bound(_OPERATORS[type(op)](_evaluate(left), _evaluate(right)))
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if name in _FUNCTIONS:
            return _call(name, arguments)
        case ast.BinOp(op=ast.BitXor()):
            raise ToolError("For a power write ** instead of ^.")
        case _:
            raise ToolError(
                f"{ast.unparse(node)!r} is not allowed. Use numbers, + - * / // % **, parentheses, "
                f"{', '.join(_CONSTANTS)} and {', '.join(_FUNCTIONS)}."
            )


def _call(name: str, arguments: list[ast.expr]) -> Number:
    function, fewest, most = _FUNCTIONS[name]
    if not fewest <= len(arguments) <= most:
        wanted = str(fewest) if fewest == most else f"{fewest} to {most}"
        raise ToolError(f"{name} takes {wanted} arguments, got {len(arguments)}.")
    return _bound(function(*(_evaluate(argument) for argument in arguments)))


def _raise_to(base: Number, exponent: Number) -> Number:
    if isinstance(base, int) and isinstance(exponent, int) and exponent > 0:
        if base.bit_length() * exponent > _MAX_BITS:
            raise ToolError("The power is too large: whole numbers have at most about 600 digits.")
        return base**exponent
    result = base**exponent
    if isinstance(result, complex):
        raise ToolError("A fractional power of a negative number has no real value.")
    return result


def _bound(value: Number) -> Number:
    if isinstance(value, int) and value.bit_length() > _MAX_BITS:
        raise ToolError("A number is too large: whole numbers have at most about 600 digits.")
    return value
