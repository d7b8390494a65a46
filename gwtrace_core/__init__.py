"""Chat through the Pydantic AI Gateway by any SDK path, with the MLflow trace of every call.

Never imports streamlit. Imports run one way: `values` <- `gateway`, `tools` <- `sdk_paths` <-
`running`; `trace` is pure; only `mlflow_store` imports mlflow.
"""
