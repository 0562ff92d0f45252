"""Pushed records: from the HTTP request to the archive or the event bus."""
