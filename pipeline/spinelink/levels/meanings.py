"""The numbered rules of written levels, in plain words; rules made of words have rows of their own in places.tsv."""

RULES: dict[str, str] = {
    "LVL-01": "two neighbouring vertebrae name the disc between them: L4-5, L4/L5",
    "LVL-02": "two neighbouring numbers without a separator name a disc beside a word of the spine: L45",
    "LVL-03": "L5 and the sacrum name the lumbosacral disc: L5-S1, L5/1",
    "LVL-04": "D stands for T: D11/12 is T11-T12",
    "LVL-05": "vertebrae joined by and, or or a comma: L4 and L5",
    "LVL-06": "discs joined by and, or or a comma, or named by between: L3-4 and L4-5",
    "LVL-07": "vertebrae from one to another: L3-L5, and a neighbouring pair beside a bone: L4-L5 laminectomy",
    "LVL-08": "discs from one to another: L3-4 through L5-S1",
    "LVL-09": "everything on one side of a level: from C4 down",
    "LVL-10": "discs written in one chain: L3-4-5",
    "LVL-13": "a vertebra slips on the one below, at the disc between them: L4 on L5",
    "LVL-14": "an endplate is of its vertebra: superior endplate of L5",
    "LVL-15": "a vertebra, or a part of it: L5 pars",
    "LVL-16": "a foramen is named by the vertebra above it: L4 foramen",
    "LVL-17": "a nerve root, which is no level: L4 nerve root",
    "LVL-18": "a facet joint is at the level of its disc: L4-5 facet",
    "LVL-19": "a lateral recess is named by its vertebra: L5 lateral recess",
    "LVL-20": "the end of the cord, which is no finding's level: conus at L1",
    "LVL-23": "a rudimentary disc of the sacrum: S1-2",
    "LVL-24": "a transitional vertebra, kept as written: L5-L6",
    "LVL-25": "a statement of numbering, which is no finding's level",
    "LVL-26": "a level that cannot be as it is written, a slip of the pen",
}
"""Rule id to what it says, with an example."""
