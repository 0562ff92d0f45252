"""Rows in the order of their ids, pages of them, and the times and ids that they have."""
