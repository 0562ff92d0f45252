"""Your phone lines in Home Assistant."""
