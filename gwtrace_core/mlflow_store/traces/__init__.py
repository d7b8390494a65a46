"""Traces listed, filtered, opened and deleted."""
