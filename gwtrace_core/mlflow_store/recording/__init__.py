"""Turns on their way into MLflow: root spans, autolog, its gaps, keys masked."""
