from __future__ import annotations

from tests.cases.trace_tree.made import HERE, files, text_of

for name, value in files().items():
    (HERE / name).write_text(text_of(value), encoding="utf-8")
