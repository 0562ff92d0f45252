"""MOR's production API, `/billing/api`."""
