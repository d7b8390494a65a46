"""Sessions, comparisons, saved set-ups and verdicts, as MLflow keeps them."""
