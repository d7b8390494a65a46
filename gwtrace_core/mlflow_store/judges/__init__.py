"""MLflow's judges, asked through our own calls."""
