"""What a batch was meant to do, as MLflow keeps it."""
