"""The simulated model: what it says, calls, refuses and judges."""
