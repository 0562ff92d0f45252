"""Call routing: a telephone system asks how to handle a call, and an automation answers."""
