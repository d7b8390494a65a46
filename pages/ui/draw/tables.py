"""What tables have in common: cells, columns of moments, height, CSV."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal

from gwtrace_core.values.masking import Masker
from gwtrace_core.values.secret import Secret
from gwtrace_core.values.spreadsheets import guarded
from gwtrace_core.values.text import one_line

if TYPE_CHECKING:
    import pandas as pd

_CELL_CHARS = 300
_ROWS_IN_SIGHT = 17


def cell_text(text: str) -> str:
    """A text for a cell: without line breaks, cut."""
    return one_line(text, _CELL_CHARS)


def make_moment_column(since_epoch_ms: Iterable[int]) -> Any:
    """A column of moments. In Arrow's own type: pandas' would be converted with a warning."""
    import pandas as pd
    import pyarrow as pa

    kind = pd.ArrowDtype(pa.timestamp("ms", tz="UTC"))
    return pd.array(list(since_epoch_ms), dtype="int64[pyarrow]").astype(kind)


def table_height(row_count: int) -> Literal["content"] | int:
    """As much as the rows need, up to what leaves the pager in sight."""
    return "content" if row_count <= _ROWS_IN_SIGHT else 640


def table_csv(frame: pd.DataFrame, secrets: Iterable[Secret] = ()) -> str:
    """The table as CSV, without keys; what a spreadsheet would run as a formula is marked as text,
    in the header too."""
    masker = Masker(secrets)

    def cell(value: object) -> object:
        return guarded(masker.text(value)) if isinstance(value, str) else value

    texts = frame.select_dtypes(exclude=["number", "bool"]).map(cell)
    safe = frame.assign(**{str(name): texts[name] for name in texts})
    return safe.rename(columns=cell).to_csv(index=False)
