"""The simulated providers behind the gateway, with their failures."""
