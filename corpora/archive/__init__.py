"""Archives of made reports of any size, whose sentences repeat one another as much as is asked for."""
