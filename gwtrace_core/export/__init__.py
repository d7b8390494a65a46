"""What can be taken away: the call as a script."""
