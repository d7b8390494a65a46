"""What a reply took and cost, once and over many runs."""
