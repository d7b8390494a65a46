"""Records turns in MLflow and reads traces back. The only package that imports mlflow.

Importing mlflow takes seconds, and the first page is drawn without it. So what asks MLflow and
reads its answers goes through `format.mlflow_api`, which imports it when it is first used; only
what works on MLflow's own spans, judges and settings imports it at the top, and is imported late:
`connection.session`, `connection.probe`, `connection.database_trouble`, `format.live_spans`,
`judges.builtin`, and `recording` but for its `recorder`.
"""
