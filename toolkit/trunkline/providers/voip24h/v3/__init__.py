"""Voip24h's v3 API."""
