"""Lanes: what they begin with, how a link holds them, and what a message on them may be."""
