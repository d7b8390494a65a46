"""What the pages of evaluations are drawn with."""
