"""The simulated company: its offices, lines, people, calls and costs."""
