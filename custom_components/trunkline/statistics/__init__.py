"""The long-term statistics of the recorder: calls, talk time and costs by hour, back to the first archived call."""
