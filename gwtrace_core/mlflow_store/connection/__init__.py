"""The way to MLflow: where it is, whether it answers, how it is asked, what is wrong with it."""
