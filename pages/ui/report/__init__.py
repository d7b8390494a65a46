"""The dialog that makes a file of what is shown."""
