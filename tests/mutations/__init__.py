"""Changes of one line of the library at a time, each of which some test must notice; see ``__main__``."""
