"""The configuration of an exchange: its objects, settings and files."""
