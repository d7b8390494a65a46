"""MLflow, imported when the first name of it is used.

Importing mlflow takes seconds, and the first page is drawn without it. With
`mlflow_api.MlflowClient` in place of an import at the top, a module that asks MLflow can be
imported by any page, and mlflow comes with the first question: in the thread that asks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gwtrace_core.mlflow_store.format.mlflow_imports import *  # noqa: F403
else:

    def __getattr__(name: str) -> Any:
        if name.startswith("__"):
            # Asked of any module by those who look through all of them, as Streamlit does.
            raise AttributeError(name)
        from gwtrace_core.mlflow_store.format import mlflow_imports

        value = getattr(mlflow_imports, name)
        globals()[name] = value  # the next time it is found without us
        return value
