"""The call as code to take along: a script by each SDK, curl, lines for coding tools."""
