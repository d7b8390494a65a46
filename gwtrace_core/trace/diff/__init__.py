"""Two traces side by side: their spans aligned, their totals, what changed in a text."""
