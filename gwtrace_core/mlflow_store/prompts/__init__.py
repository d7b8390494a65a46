"""MLflow's prompt registry."""
