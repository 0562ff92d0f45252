"""The forms of the user interface: their fields, and the flows of the options and the speed dials."""
