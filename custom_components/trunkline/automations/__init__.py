"""What device triggers, triggers and conditions share: what each listens to, its options, and whose calls it is for."""
