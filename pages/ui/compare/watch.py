"""Lanes whose answers are on their way: their first pieces before all else, then what comes."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from pages.ui.compare.cell import Cell
from pages.ui.compare.state import CompareRound
from pages.ui.session.kept import yield_to_clicks

_TICK_S = 0.05
_FIRST_PIECE_TICK_S = 0.02
_HOLD_TICK_S = 0.005
_SEEN_ALONE_S = 0.1
"""First pieces are painted in that time; what is sent with them delays them, growth as well."""
_HELD_S = 0.06
"""So long the browser is busy with the run's beginning and would not draw a row anyway."""
_FIRST_PIECES_S = 0.4
"""So long the rest of the page waits; Streamlit begins to fade what is not drawn after 0.5 s."""
_LOOKS_QUICKLY_S = 2.0
"""A first piece is shown sooner; a model that thinks for long is not looked at so often."""


def hold(round_: CompareRound) -> None:
    """Wait until every reply has begun, at most as long as nothing would be seen of the row.

    A row that comes with its first pieces is laid out and painted once, and not twice.
    """
    turns = [turn for lane_id in round_.turns if (turn := round_.shown(lane_id)) is not None]
    until_s = time.monotonic() + _HELD_S
    while any(turn.snapshot().awaits_first_piece for turn in turns) and time.monotonic() < until_s:
        yield_to_clicks()
        time.sleep(_HOLD_TICK_S)


def await_first_pieces(cells: Sequence[Cell]) -> None:
    """Show the first piece of each reply, unless that takes longer than nobody notices."""
    now_s = grown_s = time.monotonic()
    until_s = now_s + _FIRST_PIECES_S
    while any(cell.awaits_first_piece for cell in cells) and now_s < until_s:
        if now_s - grown_s < _SEEN_ALONE_S:
            _advance_blank(cells)
        else:
            advance(cells)
            grown_s = now_s
        yield_to_clicks()
        time.sleep(_FIRST_PIECE_TICK_S)
        now_s = time.monotonic()
    _advance_blank(cells)
    alone_until_s = min(until_s, time.monotonic() + _SEEN_ALONE_S)
    while time.monotonic() < alone_until_s:
        yield_to_clicks()
        time.sleep(_FIRST_PIECE_TICK_S)


def _advance_blank(cells: Sequence[Cell]) -> None:
    advance([cell for cell in cells if cell.is_blank])


def offer_stops(cells: Sequence[Cell]) -> None:
    """Draw each lane's Stop button; behind the first pieces, which it would delay."""
    for cell in cells:
        cell.offer_stop()


def advance(cells: Sequence[Cell]) -> list[bool]:
    """Draw what has come for each of them; True for those where something was sent."""
    # Every cell in each round of it, not only up to the first that has something new.
    return [cell.advance() for cell in cells]


def watch(cells: Sequence[Cell], on_replied: Callable[[], None]) -> None:
    """Draw what comes until every cell is whole; a lane that ends does not wait for the others.

    `on_replied` is called when the last reply has ended; traces may still be to be read.
    """
    has_told = False
    quickly_until_s = time.monotonic() + _LOOKS_QUICKLY_S
    while True:
        is_over = all(cell.is_over for cell in cells)
        if not has_told and all(cell.has_replied for cell in cells):
            has_told = True
            on_replied()
        sent = advance(cells)
        if is_over and all(cell.is_drawn for cell in cells):
            return
        if not any(sent):
            yield_to_clicks()
        is_quick = time.monotonic() < quickly_until_s and any(
            cell.awaits_first_piece for cell in cells
        )
        time.sleep(_FIRST_PIECE_TICK_S if is_quick else _TICK_S)
