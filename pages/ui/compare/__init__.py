"""What the compare page is drawn with, its batch included."""
