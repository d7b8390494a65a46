"""Prompts as values: templates with variables, filling them, and files. Pure, without mlflow."""
