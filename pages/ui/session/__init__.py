"""What is kept of a browser session, and the services that all sessions share."""
