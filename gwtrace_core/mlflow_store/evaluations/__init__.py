"""Evaluations and their datasets, as MLflow keeps them."""
