"""MOR's web pages behind a login."""
