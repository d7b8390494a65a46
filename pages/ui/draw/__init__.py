"""How text, layout and messages are drawn, whatever they are about."""
