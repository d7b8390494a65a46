"""What Python says of the trace tree, for the tests of its JavaScript.

`python -m tests.cases.trace_tree` writes the files anew after a change that is wanted.
"""
