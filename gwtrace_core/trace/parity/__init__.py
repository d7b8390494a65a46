"""What a trace recorded of a call against what the run itself saw on the wire."""
