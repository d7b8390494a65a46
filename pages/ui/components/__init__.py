"""What runs in the browser: one component a folder."""
