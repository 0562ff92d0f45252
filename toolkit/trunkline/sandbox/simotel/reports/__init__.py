"""What an exchange reports: its calls, queues and autodialer."""
