"""What stands around every page: the status line, the address, what is under way elsewhere."""
