"""What people, judges and code said, summed up and over time."""
