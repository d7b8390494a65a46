"""Markdown that a model wrote as HTML that is safe to insert."""
