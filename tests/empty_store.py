"""MLflow's default store before anything is in it.

To make its tables takes MLflow more than a second, which every app on an empty folder would spend.
"""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.warm_start import Program, WarmProcess

_NAME = "mlflow.db"
_LIMIT_S = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class EmptyStore:
    """Tables without rows, to be copied and not to be used."""

    path: Path

    def lay_into(self, folder: Path) -> None:
        """Have the folder hold it, unless there is a store."""
        if not (folder / _NAME).exists():
            shutil.copy(self.path, folder / _NAME)


def make_empty_store(folder: Path, warm: WarmProcess) -> EmptyStore:
    """In a process of its own, so that no test shares MLflow's global state with it."""
    log_path = folder / "making.log"
    program = Program(
        module=__name__,
        arguments=[_NAME],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
        cwd=folder,
        log_path=log_path,
    )
    warm.start(program).wait(_LIMIT_S)
    store = EmptyStore(path=folder / _NAME)
    assert store.path.exists(), log_path.read_text()
    return store


def _make(name: str) -> None:
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

    # Another name until it is whole.
    store = SqlAlchemyStore(f"sqlite:///{name}.part", "mlruns")
    store.engine.dispose()
    os.rename(f"{name}.part", name)


if __name__ == "__main__":
    _make(*sys.argv[1:])
