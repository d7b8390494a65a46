"""A file of prompts by every lane of a comparison: read, priced, run, and shown as a table."""
