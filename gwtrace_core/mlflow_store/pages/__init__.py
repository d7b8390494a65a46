"""MLflow's own pages, served on demand."""
