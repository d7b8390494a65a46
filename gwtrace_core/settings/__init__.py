"""What is configured, and from where; the only reader of the environment."""
