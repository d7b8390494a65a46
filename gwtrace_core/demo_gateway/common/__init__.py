"""What all parts of the demo gateway know: its faults, its examples, one exchange."""
