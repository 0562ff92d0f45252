"""Lists of rows by id, their pages, and the format of times and ids."""
