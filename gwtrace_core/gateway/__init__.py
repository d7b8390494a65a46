"""What is known of the gateway: base URLs, routes, models, prices, and what its errors mean."""
