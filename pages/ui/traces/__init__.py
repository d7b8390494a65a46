"""What the traces page is drawn with."""
