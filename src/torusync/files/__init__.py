"""Files of other people and of our own: written whole or not at all, and read as bytes that nobody vouches for."""
