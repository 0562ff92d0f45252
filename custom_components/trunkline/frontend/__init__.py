"""What the browser loads: the module with the cards, and the dashboard in the sidebar."""
