"""What a benchmark prints: what it ran on, and a row for each figure beside its peer and budget."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Literal

_PACKAGES = ("streamlit", "mlflow", "openai", "anthropic", "pydantic-ai-slim", "playwright")

Compared = Literal["as it is", "minus the peer", "times the peer"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """The most that design section 8 allows, of the figure that the row compares."""

    most: float
    of: Compared = "as it is"
    statistic: Literal["median", "p95"] = "median"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One figure: its samples, those of a peer (the bare SDK) in the same run, the budget."""

    what: str
    samples: Sequence[float]
    unit: str = "ms"
    peer: Sequence[float] = ()
    compared: Compared = "as it is"
    """How samples and peer are set against each other where there is no budget for it."""
    budget: Budget | None = None


def p95(samples: Sequence[float]) -> float:
    """The 95th percentile; of few samples the largest."""
    if len(samples) < 20:
        return max(samples)
    return statistics.quantiles(samples, n=20, method="inclusive")[-1]


def print_header() -> None:
    """One paragraph on the machine and the versions: figures mean nothing without."""
    load = ", ".join(f"{value:.2f}" for value in os.getloadavg())
    versions = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    print(f"{_processor()}, {os.cpu_count()} CPUs, load average {load}")
    print(f"{platform.system()} {platform.release()}, Python {platform.python_version()}")
    print(versions, flush=True)


def print_rows(title: str, rows: Iterable[Row]) -> None:
    """A table with one line a row."""
    table = [_HEAD, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in table) for column in range(len(_HEAD))]
    load = os.getloadavg()[0]
    print(f"\n{title}  (load average now {load:.2f})")
    for line in table:
        first = line[0].ljust(widths[0])
        rest = [cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True)]
        print("  ".join([first, *rest]).rstrip(), flush=True)


_HEAD = ("what", "n", "median", "min", "p95", "peer", "compared", "budget", "")


def _cells(row: Row) -> tuple[str, ...]:
    if not row.samples:
        return (row.what, "0", *("n/a",) * 3, "", "", "", "not measured")
    compared = row.budget.of if row.budget else row.compared
    statistic = statistics.median
    if row.budget is not None and row.budget.statistic == "p95":
        statistic = p95
    value = _against(statistic(row.samples), row.peer, compared)
    budget = verdict = ""
    if row.budget is not None:
        budget = f"≤ {_figure(row.budget.most, row.unit, compared)}"
        budget += " p95" if row.budget.statistic == "p95" else ""
        verdict = "kept" if value <= row.budget.most else "MISSED"
    return (
        row.what,
        str(len(row.samples)),
        *(_figure(f(row.samples), row.unit) for f in (statistics.median, min, p95)),
        _figure(statistics.median(row.peer), row.unit) if row.peer else "",
        _figure(value, row.unit, compared) if row.peer else "",
        budget,
        verdict,
    )


def _against(value: float, peer: Sequence[float], compared: Compared) -> float:
    match compared:
        case "as it is":
            return value
        case "minus the peer":
            return value - statistics.median(peer)
        case "times the peer":
            return value / statistics.median(peer)


def _figure(value: float, unit: str, compared: Compared = "as it is") -> str:
    if compared == "times the peer":
        return f"{value:.3f}×"
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    sign = "+" if compared == "minus the peer" else ""
    return f"{value:{sign},.{digits}f} {unit}"


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
