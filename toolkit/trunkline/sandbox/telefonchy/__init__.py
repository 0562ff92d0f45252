"""Telefonchy's server."""
