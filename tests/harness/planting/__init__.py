"""A word that stands in report texts alone: `archive` plants it, `looking` looks for it elsewhere."""
