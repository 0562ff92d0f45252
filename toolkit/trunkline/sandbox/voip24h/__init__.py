"""Voip24h's servers: the partner API and the v3 API."""
