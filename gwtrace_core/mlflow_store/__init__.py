"""Records turns in MLflow and reads traces back. The only package that imports mlflow.

What pages use of it (`connection.tracking`, `recording.recorder`, `conversations.conversations`,
`traces.traces`, `prompts.prompts`, `evaluations.evaluations`, `judges.judging`, `pages.server`) is
light: it imports mlflow late, because the first page needs its states before MLflow has been
imported. All other modules import it at the top.
"""
