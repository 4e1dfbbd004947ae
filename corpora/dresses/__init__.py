"""Reports dressed up as the formats that archives keep them in: for the tests."""
