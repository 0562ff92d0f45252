"""What an exchange is set up with: its objects, settings and files."""
