"""Built-in tools that models may call: safe, local and without network."""
