"""The demo gateway: a Pydantic AI Gateway with simulated providers, for use without any key.

It speaks the gateway's wire (routes, keys, text errors, prices, streams) and never leaves the
machine. `process.DemoGateway` runs it beside the app; `server.create_app` is the ASGI app itself.
Nothing is imported here, so that a page can name its models without loading a server.
"""
