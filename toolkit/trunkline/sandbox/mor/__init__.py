"""MOR's servers: the web pages and the production API."""
