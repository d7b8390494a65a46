"""What everything speaks: requests, events, replies, errors, secrets. Imports nothing of ours."""
