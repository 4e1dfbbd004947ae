"""The commands, a module each: thin shells over the library."""
