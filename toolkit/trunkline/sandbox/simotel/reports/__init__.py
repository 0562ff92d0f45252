"""The reports of an exchange: calls, queues and autodialer."""
