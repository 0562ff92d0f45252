"""What one account needs at run time."""
