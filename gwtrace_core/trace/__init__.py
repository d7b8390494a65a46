"""The view model of a trace: pure values and functions, no SDK, no mlflow, no streamlit."""
