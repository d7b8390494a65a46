"""Chat through the Pydantic AI Gateway by any SDK path, with the MLflow trace of every call.

Never imports streamlit. Imports run one way: values (`secret`, `errors`, `connection`, `chat`,
`events`) <- `gateway`, `sdk_paths` <- `running`; `trace` is pure; only `tracing` imports mlflow.
"""
