"""Recordings, voicemails and faxes in the media browser, over HTTP and in the media folder."""
