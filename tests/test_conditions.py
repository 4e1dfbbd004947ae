"""Conditions of rules: what they say, and how one that says nothing is told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spinelink.conditions import Condition, Fact, Facts, Sieve, parse_condition

FACTS: Facts = {
    "zone": "foraminal",
    "severity": 2.0,
    "roots": frozenset({"L4", "L5"}),
    "side": "",
    "duration": None,
    "urgent": True,
    "none_of": (),
}


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        pytest.param("", True, id="empty"),
        pytest.param("zone=central|foraminal", True, id="one-of"),
        pytest.param("zone=central", False, id="another"),
        pytest.param("zone!=central", True, id="not-another"),
        pytest.param("zone!=foraminal|central", False, id="not-one-of"),
        pytest.param("roots=L5", True, id="member"),
        pytest.param("roots!=L5", False, id="not-member"),
        pytest.param("side=none", True, id="empty-word-is-none"),
        pytest.param("none_of=none", True, id="empty-set-is-none"),
        pytest.param("duration=none", True, id="unknown-is-none"),
        pytest.param("duration<42", False, id="unknown-is-not-less"),
        pytest.param("duration>=42", False, id="unknown-is-not-more"),
        pytest.param("duration!=7", True, id="unknown-is-not-it"),
        pytest.param("severity>=2", True, id="at-least"),
        pytest.param("severity>2", False, id="more"),
        pytest.param("severity<=2.5; zone = foraminal", True, id="all-parts"),
        pytest.param("severity<2;zone=foraminal", False, id="one-part-fails"),
        pytest.param("urgent=yes", True, id="true"),
        pytest.param("urgent>0", False, id="truth-is-no-number"),
    ],
)
def test_a_condition_holds_or_not(condition: str, holds: bool) -> None:
    assert parse_condition(condition).holds(FACTS) is holds


@pytest.mark.parametrize("text", ["zone", "zone=", "=foraminal", "severity>=high", "Zone=central", "a=b=c"])
def test_what_is_no_condition_is_told(text: str) -> None:
    with pytest.raises(ValueError, match=r"no comparison|no number"):
        parse_condition(text)


def test_a_fact_that_no_case_has_is_an_error() -> None:
    with pytest.raises(KeyError):
        parse_condition("colour=red").holds(FACTS)


WORDS = ("left", "right", "none", "yes", "no", "2")
PARTS = st.one_of(
    st.builds("{}{}{}".format, st.sampled_from(("side", "roots", "urgent")), st.sampled_from(("=", "!=")), st.sampled_from(WORDS)),
    st.builds("grade{}{}".format, st.sampled_from(("<", "<=", ">", ">=", "=", "!=")), st.sampled_from(("1", "2.5"))),
)  # fmt: skip
CONDITIONS = st.lists(st.lists(PARTS, max_size=3).map("; ".join).map(parse_condition), max_size=8)
CASES = st.tuples(
    st.sampled_from(("", "left", "right", None)),
    st.frozensets(st.sampled_from(WORDS), max_size=3),
    st.booleans(),
    st.sampled_from((None, 0.5, 1, 2.5, 3)),
)


@given(conditions=CONDITIONS, cases=st.lists(CASES, max_size=6))
def test_many_conditions_asked_at_once_hold_as_each_does(
    conditions: list[Condition], cases: list[tuple[Fact, ...]]
) -> None:
    names = ("side", "roots", "urgent", "grade")
    sieve = Sieve(((1 << place, condition) for place, condition in enumerate(conditions)), names)
    for case in cases:
        facts = dict(zip(names, case, strict=True))
        held = [place for place, condition in enumerate(conditions) if condition.holds(facts)]
        assert sieve.holding(case) == sum(1 << place for place in held)
