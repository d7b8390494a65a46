"""One trace as it is drawn beside an answer and on its own page."""
