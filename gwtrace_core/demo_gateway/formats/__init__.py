"""The APIs that the demo gateway speaks, each as its provider writes it."""
