"""Texts as cells of a CSV that a spreadsheet opens. Pure.

A spreadsheet runs what looks like a formula, and a model may have written one. An apostrophe in
front marks a cell as text: spreadsheets take it away, and so does our own reader.
"""

from __future__ import annotations

import re

_RUN = re.compile(r"'*(?:[\t\r\n]|[\s\ufeff]*[=+\-@＝＋－＠])")
"""How a cell begins that a spreadsheet might run. Some import dialogs drop white space in front,
and take the wide signs of East Asian text for the narrow ones."""
_NUMBER = re.compile(r"[+-]?(?:\d[\d,]*(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?%?")


def guarded(text: str) -> str:
    """`text` as a cell that no spreadsheet runs; numbers stay numbers."""
    return f"'{text}" if _RUN.match(text) and not _NUMBER.fullmatch(text) else text


def unguarded(cell: str) -> str:
    """What was guarded."""
    return cell[1:] if cell.startswith("'") and _RUN.match(cell) else cell
