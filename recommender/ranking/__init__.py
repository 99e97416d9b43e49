"""What a pair of articles has in common, what that is worth, and what the worth means."""
