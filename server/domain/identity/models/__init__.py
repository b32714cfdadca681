"""The rows of people, of their ways in, and of the trail of what they did."""
