"""Writers that put reports into the forms of other systems, for tests."""
