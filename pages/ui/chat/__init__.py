"""What the chat page is drawn with."""
