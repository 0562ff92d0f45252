"""Voip24h's partner API."""
