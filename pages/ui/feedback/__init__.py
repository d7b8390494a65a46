"""Feedback given and shown: thumbs, the form, what was said."""
