"""Pushed records: from the HTTP request to the archive."""
