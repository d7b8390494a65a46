"""Work that nobody waits for: in threads, in order, within a time."""
