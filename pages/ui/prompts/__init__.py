"""What the prompts page is drawn with."""
