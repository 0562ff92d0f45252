"""Faults on demand: which requests fail, and how a reply is changed."""
