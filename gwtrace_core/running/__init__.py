"""Runs turns: one event loop, runs that outlive the page's script, and the fold of their events."""
