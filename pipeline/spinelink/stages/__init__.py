"""The stages, in order: each a pure function of its input and the rules, none importing another."""
