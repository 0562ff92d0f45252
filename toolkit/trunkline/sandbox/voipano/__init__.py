"""VoIPano's server."""
