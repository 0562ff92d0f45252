"""Simotel's server."""
