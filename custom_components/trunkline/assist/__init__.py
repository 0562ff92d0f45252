"""Assist: questions about calls and costs, calls by voice, and tools for language models."""
