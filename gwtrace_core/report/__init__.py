"""Comparisons, batches, chats and traces as one HTML file or as tables, redacted."""
