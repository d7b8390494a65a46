"""Evaluation: scorers over recorded traces, and what they found."""
