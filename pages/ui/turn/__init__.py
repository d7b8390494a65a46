"""One turn as it is drawn: the message box, the reply, its dialogs."""
