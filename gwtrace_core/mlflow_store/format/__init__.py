"""Between MLflow's entities, spans and JSON and our own values."""
