"""What the connections page is drawn with."""
