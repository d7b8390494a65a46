"""A lane as it is picked and set up, and how it is called."""
