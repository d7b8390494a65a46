"""What one check of the parity table has found."""

from __future__ import annotations

from dataclasses import dataclass

from gwtrace_core.trace.parity.values import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A cell before its reason is looked up; see `Cell`."""

    seen: str | None
    held: str | None
    autolog: str | None
    verdict: Verdict
    note: str = ""
    """A reason that the check knows itself."""


def make_finding(
    seen: str | None,
    held: str | None,
    *,
    agrees: bool,
    filled: bool,
    autolog: str | None = None,
    note: str = "",
) -> Finding:
    """The usual verdict: nothing, missing, wrong, filled or recorded.

    `autolog`: what of `held` was there without gwtrace; where gwtrace had no part in it, that is
    all of it.
    """
    if held is None:
        verdict = Verdict.NOT_APPLICABLE if seen is None else Verdict.MISSING
    elif seen is not None and not agrees:
        verdict = Verdict.WRONG
    else:
        verdict = Verdict.FILLED if filled else Verdict.RECORDED
    if not filled:
        autolog = held
    return Finding(seen=seen, held=held, autolog=autolog, verdict=verdict, note=note)
