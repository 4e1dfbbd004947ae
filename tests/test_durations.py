"""Times in indications: every written form, whose each is, what is none, and the words of a course."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from itertools import pairwise
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spinelink import lexicon
from spinelink.errors import LexiconError
from spinelink.lexicon import Lexicon, Term
from spinelink.stages.indication.durations import (
    COURSES,
    OWNERS,
    Duration,
    DurationRules,
    compile_rules,
    courses_in,
    durations_in,
)

ANCHOR = date(2024, 6, 15)
"""A Saturday."""


@pytest.fixture(scope="module")
def rules() -> DurationRules:
    """The shipped words."""
    return compile_rules(lexicon.shipped())


@pytest.fixture(scope="module")
def told(rules: DurationRules) -> Callable[[str], str]:
    """A function that writes the times of a sentence as "words = days..max source owner form", parted by bars."""

    def of_sentence(text: str) -> str:
        return " | ".join(written(text, each) for each in durations_in(text, ANCHOR, rules))

    return of_sentence


def written(text: str, each: Duration) -> str:
    """Return one time in the form of the tables below."""
    days = "" if each.days is None else each.days
    most = "" if each.max_days is None else each.max_days
    back = " back" if each.back else ""
    return f"{text[each.start : each.end]} = {days}..{most} {each.source} {each.of} {each.form}{back}"


TOLD = (
    ("LBP x 3 wks", "x 3 wks = 21..21 counted symptom lasting"),
    ("LBP x3wks", "x3wks = 21..21 counted symptom lasting"),
    ("LBP x 3wk", "x 3wk = 21..21 counted symptom lasting"),
    ("Sciatica for 2 months", "for 2 months = 60..60 counted symptom lasting"),
    ("Neck pain, 3-4 wks", "3-4 wks = 21..28 counted symptom lasting"),
    ("Neck pain 3 - 4 weeks", "3 - 4 weeks = 21..28 counted symptom lasting"),
    ("Neck pain three to four weeks", "three to four weeks = 21..28 counted symptom lasting"),
    ("Neck pain for 3 or 4 weeks", "for 3 or 4 weeks = 21..28 counted symptom lasting"),
    ("LBP 6+ wks", "6+ wks = 42.. counted symptom lasting"),
    ("LBP > 6 weeks", "> 6 weeks = 42.. counted symptom lasting"),
    ("LBP >6wks", ">6wks = 42.. counted symptom lasting"),
    ("LBP <2 weeks", "<2 weeks = ..13 counted symptom lasting"),
    ("LBP for over a year", "for over a year = 365.. counted symptom lasting"),
    ("LBP for more than 6 weeks", "for more than 6 weeks = 42.. counted symptom lasting"),
    ("LBP at least 2 months", "at least 2 months = 60.. counted symptom lasting"),
    ("LBP for about 6 weeks", "for about 6 weeks = 42..42 counted symptom lasting"),
    ("LBP approx. 6 weeks", "approx. 6 weeks = 42..42 counted symptom lasting"),
    ("LBP ~6 wks", "~6 wks = 42..42 counted symptom lasting"),
    ("LBP x ~ 6 wks", "x ~ 6 wks = 42..42 counted symptom lasting"),
    ("LBP for several weeks", "for several weeks = 21..70 counted symptom lasting"),
    ("LBP for a few days", "for a few days = 3..6 counted symptom lasting"),
    ("LBP few days", "few days = 3..6 counted symptom lasting"),
    ("a couple of months of neck pain", "a couple of months = 60..90 counted symptom lasting"),
    ("LBP for two and a half years", "for two and a half years = 912..912 counted symptom lasting"),
    ("LBP 2 1/2 years", "2 1/2 years = 912..912 counted symptom lasting"),
    ("LBP 2½ yrs", "2½ yrs = 912..912 counted symptom lasting"),
    ("LBP x 1.5 yrs", "x 1.5 yrs = 547..547 counted symptom lasting"),
    ("LBP for a year and a half", "for a year and a half = 547..547 counted symptom lasting"),
    ("LBP for half a year", "for half a year = 182..182 counted symptom lasting"),
    ("LBP 18 months", "18 months = 540..540 counted symptom lasting"),
    ("3/52 history of LBP", "3/52 history = 21..21 counted symptom lasting"),
    ("LBP 6/12", "6/12 = 180..180 counted symptom lasting"),
    ("LBP 3/7", "3/7 = 3..3 counted symptom lasting"),
    ("LBP for 3/12", "for 3/12 = 90..90 counted symptom lasting"),
    ("L arm pain 2-3/52", "2-3/52 = 14..21 counted symptom lasting"),
    ("LBP 18/12", "18/12 = 540..540 counted symptom lasting"),
    ("Power 4/5 left EHL", ""),
    ("5/5 motor", ""),
    ("MRI 5/3/24", ""),
    ("pain 7/10", ""),
    ("pain score 6/10 for 3 weeks", "for 3 weeks = 21..21 counted symptom lasting"),
    ("pain 24/7", ""),
    ("C5/6 and 6/7 disc", ""),
    ("C6/7 radiculopathy", ""),
    ("L4/5 pain", ""),
    ("4/12 history of sciatica", "4/12 history = 120..120 counted symptom lasting"),
    ("since yesterday leg weakness", "since yesterday = 1..1 worded symptom since"),
    ("Arm pain since last week", "since last week = 1..13 worded symptom since"),
    ("Neck pain since 2019", "since 2019 = 1628..1992 dated symptom since"),
    ("Neck pain since Jan", "since Jan = 136..166 dated symptom since"),
    ("Neck pain since January", "since January = 136..166 dated symptom since"),
    ("Neck pain since March 2024", "since March 2024 = 76..106 dated symptom since"),
    ("Neck pain since 1/2024", "since 1/2024 = 136..166 dated symptom since"),
    ("Neck pain since 01/2024", "since 01/2024 = 136..166 dated symptom since"),
    ("Neck pain since 3/15/2024", "since 3/15/2024 = 92..92 dated symptom since"),
    ("Neck pain since 15/3/2024", "since 15/3/2024 = 92..92 dated symptom since"),
    ("Neck pain since 15 March 2024", "since 15 March 2024 = 92..92 dated symptom since"),
    ("Neck pain since March 15, 2024", "since March 15, 2024 = 92..92 dated symptom since"),
    ("Neck pain since March 15th", "since March 15th = 92..92 dated symptom since"),
    ("Neck pain since 2024-03-15", "since 2024-03-15 = 92..92 dated symptom since"),
    ("Neck pain since early 2023", "since early 2023 = 167..531 dated symptom since"),
    ("Neck pain since the end of 2022", "since the end of 2022 = 532..896 dated symptom since"),
    ("Neck pain since Monday", "since Monday = 5..5 dated symptom since"),
    ("Neck pain since last Tuesday", "since last Tuesday = 4..4 dated symptom since"),
    ("Neck pain since 5 days", "since 5 days = 5..5 counted symptom since"),
    ("Back pain 5 days ago", "5 days ago = 5..5 counted symptom ago"),
    ("Back pain started 5 days ago", "5 days ago = 5..5 counted symptom ago"),
    ("Back pain since last month", "since last month = 1..61 worded symptom since"),
    ("Leg weakness overnight", "overnight = 0..1 worded symptom lasting"),
    ("Weakness since today", "since today = 0..0 worded symptom since"),
    ("Unable to void since this morning", "since this morning = 0..0 worded symptom since"),
    ("Longstanding neck pain", "Longstanding = 84.. worded symptom lasting"),
    ("Many years of back pain", "Many years = 1095.. counted symptom lasting"),
    ("LBP x years", "x years = 365.. worded symptom lasting"),
    ("Recent onset low back pain", ""),
    ("New onset low back pain", ""),
    ("Sudden low back pain", ""),
    ("Acute on chronic low back pain", "Acute on chronic = .. worded symptom episode"),
    (
        "Acute-on-chronic LBP, worse x 2 weeks",
        "Acute-on-chronic = .. worded symptom episode | x 2 weeks = 14..14 counted change lasting",
    ),
    ("Recurrent low back pain", ""),
    ("Intermittent low back pain", ""),
    ("LBP since fall", ""),
    ("LBP since the autumn", ""),
    ("LBP since last fall", ""),
    ("LBP since fall of 2022", "since fall of 2022 = 532..896 dated symptom since"),
    (
        "Fall 3 weeks ago, LBP since",
        "3 weeks ago = 21..21 counted event ago | since = 21..21 counted symptom since back",
    ),
    ("LBP since fall 3 weeks ago", "3 weeks ago = 21..21 counted symptom ago"),
    ("34-year-old with LBP", ""),
    ("72 y/o F with LBP", ""),
    ("72yo M LBP", ""),
    ("Age 50, LBP", ""),
    ("45 year old male with LBP x 6 weeks", "x 6 weeks = 42..42 counted symptom lasting"),
    ("45 years, male. LBP", ""),
    ("29Y/M with LBA", ""),
    ("60 yr old lady", ""),
    ("6 weeks post-op, wound leak", "6 weeks = 42..42 counted operation lasting"),
    ("3 months after fusion", "3 months = 90..90 counted operation lasting"),
    ("New leg pain 3 months after L4-5 fusion", "3 months = 90..90 counted operation lasting"),
    ("6 months s/p ACDF with arm pain", "6 months = 180..180 counted operation lasting"),
    (
        "s/p microdiscectomy 6 weeks ago, recurrent leg pain x 2 weeks",
        "6 weeks ago = 42..42 counted operation ago | x 2 weeks = 14..14 counted symptom lasting",
    ),
    ("Two years out from fusion, new back pain", "Two years = 730..730 counted operation lasting"),
    ("6 wks PT", "6 wks = 42..42 counted care lasting"),
    ("Completed 6 weeks of PT", "6 weeks = 42..42 counted care lasting"),
    (
        "PT x 6 weeks, LBP x 3 months",
        "x 6 weeks = 42..42 counted care lasting | x 3 months = 90..90 counted symptom lasting",
    ),
    (
        "LBP x 3 months, PT x 6 weeks",
        "x 3 months = 90..90 counted symptom lasting | x 6 weeks = 42..42 counted care lasting",
    ),
    (
        "LBP for 3 months despite 6 weeks of physiotherapy",
        "for 3 months = 90..90 counted symptom lasting | 6 weeks = 42..42 counted care lasting",
    ),
    ("prednisone for 3 months", "for 3 months = 90..90 counted drug lasting"),
    ("On prednisone x 2 years for PMR", "x 2 years = 730..730 counted drug lasting"),
    ("gabapentin for 8 weeks", "for 8 weeks = 56..56 counted drug lasting"),
    ("Follow-up in 6 weeks", "in 6 weeks = 42..42 counted follow_up lasting"),
    ("6 month follow-up of HNP", "6 month = 180..180 counted follow_up lasting"),
    ("Repeat MRI in 3 months", "in 3 months = 90..90 counted follow_up lasting"),
    ("f/u in 6 wks", "in 6 wks = 42..42 counted follow_up lasting"),
    ("fusion 2019", ""),
    ("Fusion in 2019, LBP since", "since = .. counted symptom since back"),
    ("leg pain after 10 minutes walking", ""),
    ("leg pain after walking for 10 minutes", ""),
    ("can sit for 2 hours", "for 2 hours = 0..1 counted activity lasting"),
    ("morning stiffness > 30 min", ""),
    ("wk legs x 3 days", "x 3 days = 3..3 counted symptom lasting"),
    ("wk legs", ""),
    ("LBP wk", ""),
    (
        "K/c/o DM since 10 years, LBP x 2 weeks",
        "since 10 years = 3650..3650 counted disease since | x 2 weeks = 14..14 counted symptom lasting",
    ),
    ("HTN x 20 years", "x 20 years = 7300..7300 counted disease lasting"),
    (
        "Hypothyroid for 5 years with low back pain for 2 months",
        "for 5 years = 1825..1825 counted disease lasting | for 2 months = 60..60 counted symptom lasting",
    ),
    ("Breast cancer 5 years ago, new back pain", "5 years ago = 1825..1825 counted disease ago"),
    ("MRI 6 months ago showed HNP", "6 months ago = 180..180 counted imaging ago"),
    ("Worse since MRI 2 years ago", "2 years ago = 730..730 counted imaging ago"),
    (
        "Chronic LBP, worse over the last 2 weeks",
        "Chronic = 84.. worded symptom lasting | over the last 2 weeks = 14..14 counted change lasting",
    ),
    ("LBP progressively worse over 3 months", "over 3 months = 90..90 counted change lasting"),
    ("Worsening back pain x 3 weeks", "x 3 weeks = 21..21 counted symptom lasting"),
    ("Flare x 4 days", "x 4 days = 4..4 counted change lasting"),
    ("2 weeks of worsening sciatica", "2 weeks = 14..14 counted symptom lasting"),
    ("ESI 3 weeks ago without relief", "3 weeks ago = 21..21 counted care ago"),
    ("ESI last week", "last week = 1..13 worded care lasting"),
    ("PT 3 times a week for 6 weeks", "for 6 weeks = 42..42 counted care lasting"),
    ("LBP twice a week", ""),
    ("1 year 3 months history of neck pain", "1 year 3 months history = 455..455 counted symptom lasting"),
    ("LBP for 1 yr and 2 months", "for 1 yr and 2 months = 425..425 counted symptom lasting"),
    ("6 weeks to 2 months of leg pain", "6 weeks to 2 months = 42..60 counted symptom lasting"),
    ("20-year history of low back pain", "20-year history = 7300..7300 counted symptom lasting"),
    ("20 yr hx LBP", "20 yr hx = 7300..7300 counted symptom lasting"),
    ("One month h/o neck pain", "One month h/o = 30..30 counted symptom lasting"),
    ("3 week history", "3 week history = 21..21 counted symptom lasting"),
    ("Duration: 3 weeks", "Duration: 3 weeks = 21..21 counted symptom lasting"),
    ("Duration 2 months", "Duration 2 months = 60..60 counted symptom lasting"),
    ("Onset 3 weeks ago", "Onset 3 weeks ago = 21..21 counted symptom ago"),
    ("Onset: March 2024", "Onset: March 2024 = 76..106 dated symptom since"),
    ("Symptoms began in January", "began in January = 136..166 dated symptom since"),
    ("Pain started in 2021", "started in 2021 = 897..1261 dated symptom since"),
    ("LBP from 3 months", "from 3 months = 90..90 counted symptom since"),
    ("LBP since last 3 months", "since last 3 months = 90..90 counted symptom since"),
    ("Neck pain past 3 months", "past 3 months = 90..90 counted symptom lasting"),
    ("Neck pain during the past year", "during the past year = 365..365 worded symptom lasting"),
    ("Worse in the last month", "in the last month = 30..30 worded change lasting"),
    ("LBP in last 6 weeks", "in last 6 weeks = 42..42 counted symptom lasting"),
    ("LBP 3 weeks back", "3 weeks back = 21..21 counted symptom ago"),
    ("Numbness for a week", "for a week = 7..7 counted symptom lasting"),
    ("Numbness for one week now", "for one week = 7..7 counted symptom lasting"),
    ("Numbness x 1wk", "x 1wk = 7..7 counted symptom lasting"),
    ("Numbness x1 day", "x1 day = 1..1 counted symptom lasting"),
    ("48 hours of retention", "48 hours = 2..2 counted symptom lasting"),
    ("Retention x 12 hours", "x 12 hours = 0..1 counted symptom lasting"),
    ("Retention for 6 hrs", "for 6 hrs = 0..1 counted symptom lasting"),
    ("LBP x 5m", "x 5m = 150..150 counted symptom lasting"),
    ("LBP x 3y", "x 3y = 1095..1095 counted symptom lasting"),
    ("LBP x 6w", "x 6w = 42..42 counted symptom lasting"),
    ("3D MRI for LBP", ""),
    ("LBP x 3", ""),
    ("L3-4 3 weeks of pain", "3 weeks = 21..21 counted symptom lasting"),
    (
        "Low back pain with right leg radiation, duration 4 months, failed NSAIDs",
        "duration 4 months = 120..120 counted symptom lasting",
    ),
    ("smoker x 20 years", "x 20 years = 7300..7300 counted disease lasting"),
    ("20 pack-years, LBP", ""),
    (
        "32 weeks pregnant with sciatica x 2 weeks",
        "32 weeks = 224..224 counted other lasting | x 2 weeks = 14..14 counted symptom lasting",
    ),
    (
        "In remission for 5 years, new back pain for 1 month",
        "for 5 years = 1825..1825 counted disease lasting | for 1 month = 30..30 counted symptom lasting",
    ),
    ("fever for 5 days, back pain", "for 5 days = 5..5 counted symptom lasting"),
    ("unable to walk since 2 days", "since 2 days = 2..2 counted symptom since"),
    ("Left leg numbness (3 weeks)", "3 weeks = 21..21 counted symptom lasting"),
    ("pain in back; 2 months", "2 months = 60..60 counted symptom lasting"),
    ("lower back pain x 2-3mos", "x 2-3mos = 60..90 counted symptom lasting"),
    ("almost 6 weeks of pain", "almost 6 weeks = 37..41 counted symptom lasting"),
    ("pain for nearly a year", "for nearly a year = 328..364 counted symptom lasting"),
    ("up to 6 weeks", "up to 6 weeks = ..42 counted symptom lasting"),
    ("pain for 2 weeks or so", "for 2 weeks or so = 14..14 counted symptom lasting"),
    ("pain for 6 weeks or more", "for 6 weeks or more = 42.. counted symptom lasting"),
    ("lower back pain x several years", "x several years = 1095..3650 counted symptom lasting"),
    ("multiple years of back pain", "multiple years = 1095..3650 counted symptom lasting"),
    ("back pain for decades", "for decades = 3650.. worded symptom lasting"),
    ("two decades of LBP", "two decades = 7300..7300 counted symptom lasting"),
    ("since childhood", "since childhood = 365.. worded symptom since"),
    ("12 week history", "12 week history = 84..84 counted symptom lasting"),
    ("back pain, on and off for 10 years", "for 10 years = 3650..3650 counted symptom lasting"),
    (
        "Back pain 10 yrs, leg pain 2 wks",
        "10 yrs = 3650..3650 counted symptom lasting | 2 wks = 14..14 counted symptom lasting",
    ),
    (
        "MVC 2 months ago with neck pain since",
        "2 months ago = 60..60 counted event ago | since = 60..60 counted symptom since back",
    ),
    ("neck pain following MVC on 3/1/24", "following MVC on 3/1/24 = 106..164 dated event ago"),
    ("Neck pain since MVC on 3/1/24", "since MVC on 3/1/24 = 106..164 dated symptom since"),
    ("On warfarin since 2019", "since 2019 = 1628..1992 dated drug since"),
    ("on methotrexate for 3 years with LBP", "for 3 years = 1095..1095 counted drug lasting"),
    ("Pain x months", "x months = 30.. worded symptom lasting"),
    ("LBP, 6 mo", "6 mo = 180..180 counted symptom lasting"),
    ("3 weeks back", "3 weeks back = 21..21 counted symptom ago"),
    ("LBP 3 weeks back, now numb", "3 weeks back = 21..21 counted symptom ago"),
    ("5 weeks with back pain", "5 weeks = 35..35 counted symptom lasting"),
    ("Pain better for 2 weeks", "for 2 weeks = 14..14 counted symptom lasting"),
    (
        "Leg pain resolved 3 weeks ago, back pain for 2 months",
        "3 weeks ago = 21..21 counted change ago | for 2 months = 60..60 counted symptom lasting",
    ),
    ("Low back pain, on NSAIDs, 3 months", "3 months = 90..90 counted symptom lasting"),
    ("LBP not improved with PT, 6 months", "6 months = 180..180 counted symptom lasting"),
    ("Failed PT, 6 weeks", "6 weeks = 42..42 counted care lasting"),
    ("LBP 6 wks, tried ibuprofen", "6 wks = 42..42 counted symptom lasting"),
    ("Chronic LBP with acute exacerbation", "acute exacerbation = .. worded symptom episode"),
    (
        "Chronic LBP with acute flare x 3 days",
        "acute flare = .. worded symptom episode | x 3 days = 3..3 counted symptom lasting",
    ),
    ("Chronic kidney disease, LBP", ""),
    ("Acute kidney injury", ""),
    ("Chronic opioid use with LBP", ""),
    ("on chronic steroids", ""),
    ("chronic smoker, back pain", ""),
    ("LBP (chronic)", "chronic = 84.. worded symptom lasting"),
    ("Back pain: chronic", "chronic = 84.. worded symptom lasting"),
    ("LBP - chronic, nonradiating", "chronic = 84.. worded symptom lasting"),
    ("Back pain, acute onset", ""),
    ("Acute onset of severe neck pain", ""),
    ("acute cauda equina?", ""),
    ("?acute disc", ""),
    ("Chronic L1 compression fracture, back pain", ""),
    ("chronic L5 radiculopathy", "chronic = 84.. worded symptom lasting"),
    ("chronic R>L leg pain", "chronic = 84.. worded symptom lasting"),
    ("Chronic, severe low back pain", "Chronic = 84.. worded symptom lasting"),
    ("Chronic neck and arm pain", "Chronic = 84.. worded symptom lasting"),
    ("chronic low-back pain", "chronic = 84.. worded symptom lasting"),
    ("chronic and worsening LBP", "chronic = 84.. worded symptom lasting"),
    (
        "History of chronic LBP, now acute onset left foot drop for 2 days",
        "chronic = 84.. worded symptom lasting | for 2 days = 2..2 counted symptom lasting",
    ),
    ("symptoms for the last few months", "for the last few months = 90..180 counted symptom lasting"),
    ("2 wk h/o LBP", "2 wk h/o = 14..14 counted symptom lasting"),
    ("LBP x 1 month following lifting injury", "x 1 month = 30..30 counted symptom lasting"),
    ("Lifting injury 2 weeks ago, LBP", "2 weeks ago = 14..14 counted event ago"),
    ("Injury at work 5 weeks ago", "5 weeks ago = 35..35 counted event ago"),
    ("After fall 10 days ago, back pain", "10 days ago = 10..10 counted event ago"),
    ("back pain after fall 10 days ago", "10 days ago = 10..10 counted event ago"),
    ("Slipped on ice last week, low back pain", "last week = 1..13 worded event lasting"),
    ("fell off horse yesterday", "yesterday = 1..1 worded event lasting"),
    ("pain since a fall on 3/4/2024", "since a fall on 3/4/2024 = 73..103 dated symptom since"),
    ("DOI 3/4/24", "DOI 3/4/24 = 73..103 dated event ago"),
    ("S/p fusion 2019 with pain x 2 months", "x 2 months = 60..60 counted symptom lasting"),
    ("Low back pain, s/p L4-5 fusion, x 2 months", "x 2 months = 60..60 counted symptom lasting"),
    ("LBP s/p fusion x 6 weeks", "x 6 weeks = 42..42 counted symptom lasting"),
    ("persistent pain 6 months after discectomy", "6 months = 180..180 counted operation lasting"),
    ("wait 6 weeks", "6 weeks = 42..42 counted follow_up lasting"),
    ("return in 2 weeks", "in 2 weeks = 14..14 counted follow_up lasting"),
    ("symptoms every 2 weeks", "every 2 weeks = 14..14 counted other lasting"),
    ("q 3 months", "q 3 months = 90..90 counted other lasting"),
    ("8-week course of PT", "8-week = 56..56 counted care lasting"),
    ("3 month trial of NSAIDs", "3 month = 90..90 counted drug lasting"),
    ("12 weeks conservative treatment", "12 weeks = 84..84 counted care lasting"),
    ("4 months of conservative management", "4 months = 120..120 counted care lasting"),
    ("6 weeks of home exercises, no relief", "6 weeks = 42..42 counted care lasting"),
    ("NSAIDs x 4 wks", "x 4 wks = 28..28 counted drug lasting"),
    ("for the last week", "for the last week = 7..7 worded symptom lasting"),
    ("over past several weeks", "over past several weeks = 21..70 counted symptom lasting"),
    ("within the past month", "within the past month = 30..30 worded symptom lasting"),
    ("within 2 weeks", "within 2 weeks = ..14 counted follow_up lasting"),
    ("Progressive over weeks", "over weeks = 7.. worded change lasting"),
    ("over several months", "over several months = 90.. counted symptom lasting"),
    ("in the past 2 weeks", "in the past 2 weeks = 14..14 counted symptom lasting"),
    ("gradually worse over years", "over years = 365.. worded change lasting"),
    ("Symptoms x years, worse in 2023", "x years = 365.. worded symptom lasting"),
    ("low back pain since summer 2023", "since summer 2023 = 167..531 dated symptom since"),
    (
        "back pain since 2015, worse since January",
        "since 2015 = 3089..3453 dated symptom since | since January = 136..166 dated change since",
    ),
    ("started after lifting on 3/4/24", "started after lifting on 3/4/24 = 73..103 dated symptom since"),
    ("Started gabapentin in March", "Started gabapentin in March = 76..106 dated drug since"),
    ("pain began after a fall in April 2024", "began after a fall in April 2024 = 46..75 dated symptom since"),
    ("Left sciatica from January 2024", "from January 2024 = 136..166 dated symptom since"),
    ("symptoms date back to 2018", "date back to 2018 = 1993..2357 dated symptom since"),
    ("onset 2/2024", "onset 2/2024 = 107..135 dated symptom since"),
    ("onset was last month", "last month = 1..61 worded symptom lasting"),
    ("neck pain since surgery in 2021", "since surgery in 2021 = 897..1261 dated symptom since"),
    ("neck pain since ACDF 2021", "since ACDF 2021 = 897..1261 dated symptom since"),
    ("worse since MRI of 2022", "since MRI of 2022 = 532..896 dated imaging since"),
    ("worse since last MRI", ""),
    ("neck pain since accident last year", "last year = 1..730 worded symptom lasting"),
    ("Pain since the weekend", "since the weekend = 0..9 worded symptom since"),
    ("back pain tonight", "tonight = 0..0 worded symptom lasting"),
    ("leg pain since this week", "since this week = 0..6 worded symptom since"),
    ("LBP x one and a half months", "x one and a half months = 45..45 counted symptom lasting"),
    ("LBP x 1 and 1/2 years", "x 1 and 1/2 years = 547..547 counted symptom lasting"),
    ("LBP 1-1.5 years", "1-1.5 years = 365..547 counted symptom lasting"),
    ("LBP for 10-plus years", "for 10-plus years = 3650.. counted symptom lasting"),
    ("pain for 10 plus years", "for 10 plus years = 3650.. counted symptom lasting"),
    ("pain over 10 yrs", "over 10 yrs = 3650.. counted symptom lasting"),
    ("5 years+ of back pain", "5 years+ = 1825.. counted symptom lasting"),
    ("pain of 3 weeks' duration", "of 3 weeks' duration = 21..21 counted symptom lasting"),
    ("pain of 3 weeks duration", "of 3 weeks duration = 21..21 counted symptom lasting"),
    ("three-month history", "three-month history = 90..90 counted symptom lasting"),
    ("pain for months to years", "for months = 30.. worded symptom lasting"),
    (
        "Pain for 2 weeks and numbness for 3 days",
        "for 2 weeks = 14..14 counted symptom lasting | for 3 days = 3..3 counted symptom lasting",
    ),
    (
        "2 weeks pain, 3 days numbness",
        "2 weeks = 14..14 counted symptom lasting | 3 days = 3..3 counted symptom lasting",
    ),
    ("LBP 2/12, sciatica 3/52", "2/12 = 60..60 counted symptom lasting | 3/52 = 21..21 counted symptom lasting"),
    ("LBP 2/12 & sciatica 3/52", "2/12 = 60..60 counted symptom lasting | 3/52 = 21..21 counted symptom lasting"),
    ("since 5/52", "since 5/52 = 35..35 counted symptom since"),
    ("since 5/12", ""),
    ("since 6/7", ""),
    ("MVA 5/12, neck pain", ""),
    ("RTA 5/12 ago", "5/12 ago = 150..150 counted event ago"),
    ("6/12 post op", "6/12 = 180..180 counted operation lasting"),
    ("6/52 post microdiscectomy", "6/52 = 42..42 counted operation lasting"),
    ("3/12 physio", "3/12 = 90..90 counted care lasting"),
    ("physio for 3/12", "for 3/12 = 90..90 counted care lasting"),
    ("2/7 unable to PU", "2/7 = 2..2 counted symptom lasting"),
    ("1/52", "1/52 = 7..7 counted symptom lasting"),
    ("SLR 30/70", ""),
    ("T 39.2 for 2 days", "for 2 days = 2..2 counted symptom lasting"),
    ("3 wks neck pn", "3 wks = 21..21 counted symptom lasting"),
    ("LBP x approx 3 wks", "x approx 3 wks = 21..21 counted symptom lasting"),
    ("LBP x several yrs", "x several yrs = 1095..3650 counted symptom lasting"),
    ("LBP \u00d7 3 weeks", "\u00d7 3 weeks = 21..21 counted symptom lasting"),
    ("LBP *3 weeks", "3 weeks = 21..21 counted symptom lasting"),
    ("LBP (x3 weeks)", "x3 weeks = 21..21 counted symptom lasting"),
    (
        "LBP x 3-4 weeks, L leg pain x 1 week, weakness since 2 days",
        "x 3-4 weeks = 21..28 counted symptom lasting | x 1 week = 7..7 counted symptom lasting | since 2 days = 2..2 counted symptom since",
    ),
    ("low back pain x3 wks; no PT yet", "x3 wks = 21..21 counted symptom lasting"),
    ("LBPx3wks", "x3wks = 21..21 counted symptom lasting"),
    ("LBP X 3 WKS", "X 3 WKS = 21..21 counted symptom lasting"),
    (
        "CHRONIC LBP FOR 5 YEARS",
        "CHRONIC = 84.. worded symptom lasting | FOR 5 YEARS = 1825..1825 counted symptom lasting",
    ),
    ("Pain level 8 for 3 weeks", "for 3 weeks = 21..21 counted symptom lasting"),
    ("2 weeks", "2 weeks = 14..14 counted symptom lasting"),
    ("x 2 weeks", "x 2 weeks = 14..14 counted symptom lasting"),
    ("12-14 weeks", "12-14 weeks = 84..98 counted symptom lasting"),
    (
        "Reports 3 months of LBP and 2 weeks of R foot drop",
        "3 months = 90..90 counted symptom lasting | 2 weeks = 14..14 counted symptom lasting",
    ),
    ("Acute LBP, on long-term prednisolone", "Acute = ..41 worded symptom lasting"),
    ("Long-term neck pain", "Long-term = 84.. worded symptom lasting"),
    ("Weakness, long standing", "long standing = 84.. worded symptom lasting"),
    ("Neck pain of long duration", "of long duration = 84.. worded symptom lasting"),
    ("Neck pain for the past year and a half", "for the past year and a half = 547..547 worded symptom lasting"),
    ("Neck pain s/p MVC 6/1/24", "s/p MVC 6/1/24 = 14..161 dated event ago"),
    ("S/p MVA 3/12/2024 with neck pain", "S/p MVA 3/12/2024 = 95..95 dated event ago"),
    ("Neck pain after a fall on 6/1/24", "after a fall on 6/1/24 = 14..161 dated event ago"),
    ("Back pain after epidural on 6/1/24", ""),
    ("Fell on 6/3/24, hip pain", "Fell on 6/3/24 = 12..101 dated event ago"),
    ("Fall in 2022, hip pain", ""),
    ("MVA 2019", ""),
    (
        "Longstanding arm pain, recent worsening over 4 weeks",
        "recent worsening = .. worded symptom episode | over 4 weeks = 28..28 counted symptom lasting",
    ),
    ("Chronic neck pain with worsening left arm pain", "Chronic = 84.. worded symptom lasting"),
    ("Acute flare of arm pain", ""),
    ("Arm pain since age 20", "since age = 365.. worded symptom since"),
    ("Arm pain since her teens", "since her teens = 365.. worded symptom since"),
    ("Arm pain started 2 days after a fall", "2 days = 2..2 counted other lasting"),
    ("Arm pain began 3 weeks after ACDF", "3 weeks = 21..21 counted operation lasting"),
    ("arm pain for 1-1/2 years", "for 1-1/2 years = 547..547 counted symptom lasting"),
    ("Arm pain 10d", "10d = 10..10 counted symptom lasting"),
    ("Arm pain 2y", "2y = 730..730 counted symptom lasting"),
    ("Arm pain 6w, weak grip", "6w = 42..42 counted symptom lasting"),
    ("Arm pain 3 m", ""),
    ("walks 50m", ""),
    ("Leg pain 50m", ""),
    ("Numb since this AM", "since this AM = 0..0 worded symptom since"),
    (
        "Low back pain for 3 weeks after lifting a couch; now radiates to the right calf for 4 days.",
        "for 3 weeks = 21..21 counted symptom lasting | for 4 days = 4..4 counted symptom lasting",
    ),
    (
        "47M w/ 2 mo hx of R sciatica, failed 4 wks of PT + meloxicam. Ortho considering L5 TFESI.",
        "2 mo hx = 60..60 counted symptom lasting | 4 wks = 28..28 counted care lasting",
    ),
    (
        "Ongoing lumbar pain > 3 months, unresponsive to physiotherapy and NSAIDs.",
        "> 3 months = 90.. counted symptom lasting",
    ),
    ("Neck pain and L arm numbness since Feb. Tried collar and naproxen.", "since Feb = 107..135 dated symptom since"),
    (
        "Pain began 10 days ago when shovelling. No previous episodes. No treatment so far.",
        "10 days ago = 10..10 counted symptom ago",
    ),
    (
        "Chronic LBP x 15 yrs, acutely worse since Sunday.",
        "Chronic = 84.. worded symptom lasting | x 15 yrs = 5475..5475 counted symptom lasting | since Sunday = 6..6 dated change since",
    ),
    (
        "Back pain off and on since a car accident in 2015, worse past 6 months.",
        "since a car accident in 2015 = 3089..3453 dated symptom since | past 6 months = 180..180 counted change lasting",
    ),
    (
        "3/12 Hx LBP + L leg pain. Physio 6/52 no benefit. GP requesting MRI ? nerve root compression.",
        "3/12 Hx = 90..90 counted symptom lasting | 6/52 = 42..42 counted care lasting",
    ),
    (
        "6 week history of worsening right leg pain. Has had 4 weeks of chiropractic care.",
        "6 week history = 42..42 counted symptom lasting | 4 weeks = 28..28 counted care lasting",
    ),
    (
        "Known LSS. Bilateral leg claudication for more than two years, walking distance now 200 m. Considering decompression.",
        "for more than two years = 730.. counted symptom lasting",
    ),
    (
        "Acute LBP, onset yesterday after fall from standing height, on long-term prednisolone.",
        "Acute = ..41 worded symptom lasting | yesterday = 1..1 worded symptom lasting",
    ),
    (
        "sub-acute low back pain approximately 8 wks, not getting better with home exercise program",
        "sub-acute = 42..83 worded symptom lasting | approximately 8 wks = 56..56 counted symptom lasting",
    ),
    (
        "Right L5 radic x 5 wks. Oral steroids and gabapentin w/o relief. Pre-op.",
        "x 5 wks = 35..35 counted symptom lasting",
    ),
    ("LBP 1/12. NSAIDs only.", "1/12 = 30..30 counted symptom lasting"),
    ("Lumbago. R leg pain x~2mo. PT not tolerated.", "x~2mo = 60..60 counted symptom lasting"),
    ("persistent lower back pain since delivery 8 months ago", "8 months ago = 240..240 counted symptom ago"),
    (
        "Left buttock pain, many months. Piriformis injection helped briefly.",
        "many months = 90.. counted symptom lasting",
    ),
    (
        "Intermittent low back pain for past 1-2 years, exacerbated last 2 wks.",
        "for past 1-2 years = 365..730 counted symptom lasting | last 2 wks = 14..14 counted change lasting",
    ),
    (
        "4 day hx of severe back pain w/ bilateral leg weakness, urinary retention since last night",
        "4 day hx = 4..4 counted symptom lasting | since last night = 0..1 worded symptom since",
    ),
    (
        "low back pain since last 2 months radiating to both legs, on treatment from orthopedics",
        "since last 2 months = 60..60 counted symptom since",
    ),
    (
        "H/O fall from stairs 15 days back. Low backache since then.",
        "15 days back = 15..15 counted event ago | since then = 15..15 counted symptom since back",
    ),
    (
        "C/O LBA x 1 yr, increased since 1 month. Not relieved with medicines.",
        "x 1 yr = 365..365 counted symptom lasting | since 1 month = 30..30 counted change since",
    ),
    (
        "c/o low back ache radiating to right LL since 20 days. h/o lifting heavy weight.",
        "since 20 days = 20..20 counted symptom since",
    ),
    (
        "Low back pain radiating to left lower limb of 3 months duration.",
        "of 3 months duration = 90..90 counted symptom lasting",
    ),
    ("Low back pain of long duration.", "of long duration = 84.. worded symptom lasting"),
    (
        "Back pain for the past year and a half, treated with chiropractic manipulations, acupuncture, and muscle relaxants.",
        "for the past year and a half = 547..547 worded symptom lasting",
    ),
    (
        "Lower back pain for >1yr; failed conservative rx; surgery planned 7/2024.",
        "for >1yr = 365.. counted symptom lasting",
    ),
    ("Neck pain s/p MVC 6/1/24.", "s/p MVC 6/1/24 = 14..161 dated event ago"),
    (
        "S/p MVA 3/12/2024 with continued neck pain and bilateral hand tingling",
        "S/p MVA 3/12/2024 = 95..95 dated event ago",
    ),
    (
        "L5-S1 discectomy 2 years ago. Recurrence of left leg pain for past 3 weeks.",
        "2 years ago = 730..730 counted operation ago | for past 3 weeks = 21..21 counted symptom lasting",
    ),
    (
        "8 weeks s/p L4-5 microdiscectomy, new right leg pain for 1 week.",
        "8 weeks = 56..56 counted operation lasting | for 1 week = 7..7 counted symptom lasting",
    ),
    ("Post op day 3 lumbar fusion, new foot drop", ""),
    ("Pt is 6 mo postpartum with LBP", "6 mo = 180..180 counted other lasting"),
    (
        "Patient with LBP and left radiculopathy who has completed 8 weeks of PT with only temporary improvement.",
        "8 weeks = 56..56 counted care lasting",
    ),
    ("Not improved after ten sessions of physiotherapy.", ""),
    (
        "She has been doing physiotherapy for two months with partial improvement.",
        "for two months = 60..60 counted care lasting",
    ),
    ("Symptoms have improved since physio.", ""),
    ("Leg pain improving but persistent numbness x 2 months.", "x 2 months = 60..60 counted symptom lasting"),
    (
        "Low back pain, no improvement with rest and analgesics for 4 weeks.",
        "for 4 weeks = 28..28 counted drug lasting",
    ),
    ("LBP with no prior imaging or treatment.", ""),
    ("No h/o PT or injections.", ""),
    ("LBP, 8 weeks, no conservative care documented.", "8 weeks = 56..56 counted symptom lasting"),
    ("Failing conservative management for 12 weeks", "for 12 weeks = 84..84 counted care lasting"),
    ("Has had conservative management for 12 weeks.", "for 12 weeks = 84..84 counted care lasting"),
    (
        "Conservative treatment x 6 weeks without improvement, low back pain x 10 weeks",
        "x 6 weeks = 42..42 counted care lasting | x 10 weeks = 70..70 counted symptom lasting",
    ),
    ("Low back pain worse for last 3 days, no trauma.", "for last 3 days = 3..3 counted change lasting"),
    ("pain for at least six weeks", "for at least six weeks = 42.. counted symptom lasting"),
    ("pain of about 6-8 weeks' duration", "of about 6-8 weeks' duration = 42..56 counted symptom lasting"),
    ("two-week history of neck pain", "two-week history = 14..14 counted symptom lasting"),
    ("sudden onset LBP this AM", "this AM = 0..0 worded symptom lasting"),
    ("Several month history of leg pain", "Several month history = 90..300 counted symptom lasting"),
    ("Several-year history of low back pain", "Several-year history = 1095..3650 counted symptom lasting"),
    ("Long history of low back pain", "Long history = 84.. worded symptom lasting"),
    (
        "Longstanding LBP, recent worsening over 4 weeks",
        "recent worsening = .. worded symptom episode | over 4 weeks = 28..28 counted symptom lasting",
    ),
    ("LBP since teenage years", "since teenage years = 365.. worded symptom since"),
    ("LBP since age 20", "since age = 365.. worded symptom since"),
    ("LBP since last summer", ""),
    ("LBP since Christmas", ""),
    ("LBP since Thanksgiving", ""),
    ("LBP since 6/2023, ESI 1/2024", "since 6/2023 = 351..380 dated symptom since"),
    ("LBP since June.", "since June = 0..14 dated symptom since"),
    ("LBP since the beginning of May", "beginning of May = 15..45 dated symptom since"),
    ("low back pain which started about a month ago", "about a month ago = 30..30 counted symptom ago"),
    ("LBP started last Thursday", "started last Thursday = 2..2 dated symptom since"),
    ("LBP started 2 days after a fall", "2 days = 2..2 counted other lasting"),
    ("back pain over 2 wks", "over 2 wks = 14.. counted symptom lasting"),
    ("back pain (2+ years)", "2+ years = 730.. counted symptom lasting"),
    ("back pain for 1-1/2 years", "for 1-1/2 years = 547..547 counted symptom lasting"),
    ("Back pain for 1.5-2 years", "for 1.5-2 years = 547..730 counted symptom lasting"),
    ("Back pain \u00d72mths", "\u00d72mths = 60..60 counted symptom lasting"),
    ("backpain 4weeks", "4weeks = 28..28 counted symptom lasting"),
    ("back pain four weeks", "four weeks = 28..28 counted symptom lasting"),
    ("Back pain times 3 weeks", "3 weeks = 21..21 counted symptom lasting"),
    ("Back pain times three weeks", "three weeks = 21..21 counted symptom lasting"),
    ("Back pain X several months", "X several months = 90..300 counted symptom lasting"),
    (
        "Back pain x1 month, leg numbness x1week",
        "x1 month = 30..30 counted symptom lasting | x1week = 7..7 counted symptom lasting",
    ),
    ("LBP / 3 months", "3 months = 90..90 counted symptom lasting"),
    ("LBP-3 months", "3 months = 90..90 counted symptom lasting"),
    ("LBP... 3 months", "3 months = 90..90 counted symptom lasting"),
    ("LBP: 3 months", "3 months = 90..90 counted symptom lasting"),
    ("3months LBP", "3months = 90..90 counted symptom lasting"),
    ("LBP 3mo", "3mo = 90..90 counted symptom lasting"),
    ("LBP 3 m", ""),
    ("LBP for 3 m", "for 3 m = 90..90 counted symptom lasting"),
    ("LBP for 6w", "for 6w = 42..42 counted symptom lasting"),
    ("LBP 10d", "10d = 10..10 counted symptom lasting"),
    ("LBP 2y", "2y = 730..730 counted symptom lasting"),
    (
        "Reason for exam: Lumbar radiculopathy, symptoms persist with > 6 wks treatment.",
        "> 6 wks = 42.. counted care lasting",
    ),
    ("Low back pain, symptoms persist with > 6 wks conservative treatment", "> 6 wks = 42.. counted care lasting"),
    ("Radiculopathy, lumbar region; low back pain, unspecified; failed PT", ""),
    ("Lumbar radiculopathy, no red flags, no prior management", ""),
    ("Low back pain, < 6 weeks, no red flags, no prior management", "< 6 weeks = ..41 counted symptom lasting"),
    ("Low back pain, subacute, symptomatic, no red flags", "subacute = 42..83 worded symptom lasting"),
    ("Spinal stenosis, lumbar, post-op, new symptoms", ""),
    ("Low back pain, prior surgery, new symptoms", ""),
    ("Low back pain, cauda equina syndrome suspected", ""),
    ("Lumbar radiculopathy, > 6 wks", "> 6 wks = 42.. counted symptom lasting"),
    ("Lumbar radiculopathy, < 6 weeks", "< 6 weeks = ..41 counted symptom lasting"),
    ("Acute low back pain, red flags absent", "Acute = ..41 worded symptom lasting"),
    ("Back pain or radiculopathy, > 6 wks", "> 6 wks = 42.. counted symptom lasting"),
    ("Low back pain, progressive neurologic deficit", ""),
    ("neck pain, chronic, no prior imaging", "chronic = 84.. worded symptom lasting"),
    ("Neck pain, acute, prior cervical surgery", "acute = ..41 worded symptom lasting"),
    ("Myelopathy, acute or progressive", ""),
    ("Back pain x 6 weeks despite NSAIDs and home exercise", "x 6 weeks = 42..42 counted symptom lasting"),
    (
        "4 weeks LBP, 2 weeks of which with leg radiation",
        "4 weeks = 28..28 counted symptom lasting | 2 weeks = 14..14 counted symptom lasting",
    ),
    ("LBP > 4 weeks but < 6 weeks", "> 4 weeks but < 6 weeks = 28..41 counted symptom lasting"),
    ("LBP between 4 and 6 weeks", "4 and 6 weeks = 28..42 counted symptom lasting"),
    ("LBP for 4 to 5 wks now", "for 4 to 5 wks = 28..35 counted symptom lasting"),
    ("between 3 and 4 months of arm pain", "3 and 4 months = 90..120 counted symptom lasting"),
    ("chronic (>12 weeks) LBP", "chronic = 84.. worded symptom lasting | >12 weeks = 84.. counted symptom lasting"),
    ("LBP, duration unknown", ""),
    ("symptom duration: 5 weeks", "duration: 5 weeks = 35..35 counted symptom lasting"),
    ("Duration of symptoms: > 3 months", "> 3 months = 90.. counted symptom lasting"),
    ("Duration of symptoms 2 yrs", "2 yrs = 730..730 counted symptom lasting"),
    ("Length of symptoms: 8 weeks", "8 weeks = 56..56 counted symptom lasting"),
    ("Pain duration: 3-6 months", "duration: 3-6 months = 90..180 counted symptom lasting"),
    ("onset 4/2024", "onset 4/2024 = 46..75 dated symptom since"),
    ("Date of onset: 05/01/2024", "onset: 05/01/2024 = 45..162 dated symptom since"),
    ("Date of injury 5/30/2024, low back pain", "Date of injury 5/30/2024 = 16..16 dated event ago"),
    ("DOI: 05/30/24. Low back pain.", "DOI: 05/30/24 = 16..16 dated event ago"),
    ("Work injury 5/30/24 with LBP", "injury 5/30/24 = 16..16 dated event ago"),
    ("LBP began 5/30", "began 5/30 = 16..16 dated symptom since"),
    ("LBP 2/2 MVA on 5/30/2024", "MVA on 5/30/2024 = 16..16 dated event ago"),
    ("low back pain starting in the spring", ""),
    ("low back pain since the spring", ""),
    ("low back pain since early spring 2024", "since early spring 2024 = 0..166 dated symptom since"),
    ("low back pain since end of March", "since end of March = 76..106 dated symptom since"),
    ("low back pain since mid-April", "since mid-April = 46..75 dated symptom since"),
    ("LBP since 2 wks ago", "since 2 wks ago = 14..14 counted symptom ago"),
    ("LBP starting 2 wks ago", "2 wks ago = 14..14 counted symptom ago"),
    (
        "low back pain x 1 week, similar episode 3 years ago",
        "x 1 week = 7..7 counted symptom lasting | 3 years ago = 1095..1095 counted other ago",
    ),
    (
        "Prior episode 5 years ago, now LBP x 2 weeks",
        "5 years ago = 1825..1825 counted other ago | x 2 weeks = 14..14 counted symptom lasting",
    ),
    ("LBP for 3 days, history of similar pain in 2019", "for 3 days = 3..3 counted symptom lasting"),
    (
        "LBP many yrs, left sciatica 2/52",
        "many yrs = 1095.. counted symptom lasting | 2/52 = 14..14 counted symptom lasting",
    ),
    ("LBP for most of her life", "most of her life = 365.. worded symptom lasting"),
    ("LBP for 30+ years", "for 30+ years = 10950.. counted symptom lasting"),
    ("Low back pain for the last 20 odd years", "for the last 20 odd years = 7300..7300 counted symptom lasting"),
    ("30 yo with 10 yr history of LBP", "10 yr history = 3650..3650 counted symptom lasting"),
    (
        "65yoF chronic LBP, new R foot drop x2d",
        "chronic = 84.. worded symptom lasting | x2d = 2..2 counted symptom lasting",
    ),
    ("x2d", "x2d = 2..2 counted symptom lasting"),
    ("few months", "few months = 90..180 counted symptom lasting"),
    ("a few wks", "a few wks = 21..42 counted symptom lasting"),
    ("past couple weeks", "past couple weeks = 14..21 counted symptom lasting"),
    ("couple of days", "couple of days = 2..3 counted symptom lasting"),
    ("for the past few wks", "for the past few wks = 21..42 counted symptom lasting"),
    ("for the last several months", "for the last several months = 90..300 counted symptom lasting"),
    ("most of the year", ""),
    ("all summer", ""),
    ("the last 10 days", "the last 10 days = 10..10 counted symptom lasting"),
    ("within last 24 hours", "within last 24 hours = ..1 counted symptom lasting"),
    ("last 48 hrs", "last 48 hrs = 2..2 counted symptom lasting"),
    ("72 hours", "72 hours = 3..3 counted symptom lasting"),
    ("less than 24 hours", "less than 24 hours = ..0 counted symptom lasting"),
    ("under 6 weeks", "under 6 weeks = ..41 counted symptom lasting"),
    ("just over 6 weeks", "just over 6 weeks = 42.. counted symptom lasting"),
    ("no more than 3 weeks", "no more than 3 weeks = ..21 counted symptom lasting"),
    ("nearly 2 months", "nearly 2 months = 54..59 counted symptom lasting"),
    ("going on 3 months", "going on 3 months = 81..89 counted symptom lasting"),
    ("3 months ongoing", "3 months = 90..90 counted symptom lasting"),
    ("3 months now", "3 months = 90..90 counted symptom lasting"),
    ("3/12 ongoing", "3/12 = 90..90 counted symptom lasting"),
    ("6-7/52", "6-7/52 = 42..49 counted symptom lasting"),
    ("10/7", "10/7 = 10..10 counted symptom lasting"),
    ("1/7 h/o", "1/7 h/o = 1..1 counted symptom lasting"),
    ("2-3/12", "2-3/12 = 60..90 counted symptom lasting"),
    ("31 yrs / female, neck pain", ""),
    ("on antituberculous treatment since 2 months", "since 2 months = 60..60 counted care since"),
    ("Acute neck pain", "Acute = ..41 worded symptom lasting"),
    ("Chronic shoulder and neck pain", "Chronic = 84.. worded symptom lasting"),
    ("Neck pain for years", "for years = 365.. worded symptom lasting"),
    ("Subacute neck pain", "Subacute = 42..83 worded symptom lasting"),
)


@pytest.mark.parametrize(("text", "expected"), [pytest.param(*row, id=row[0]) for row in TOLD])
def test_told(text: str, expected: str, told: Callable[[str], str]) -> None:
    assert told(text) == expected


COURSE: tuple[tuple[str, list[str]], ...] = (
    ("Worsening calf pain", ["worse"]),
    ("Progressive weakness of the left hand", ["worse"]),
    ("Arm pain getting worse", ["worse"]),
    ("Increasing numbness in both feet", ["worse"]),
    ("Neck pain has deteriorated", ["worse"]),
    ("Flare of thigh pain", ["worse"]),
    ("Calf pain worse after a fall", ["worse"]),
    ("Pain worse over the past month", ["worse"]),
    ("Calf pain improving", ["improved"]),
    ("Right arm pain much improved", ["improved"]),
    ("Symptoms getting better", ["improved"]),
    ("Thigh numbness resolved", ["improved"]),
    ("Arm pain is better", ["improved"]),
    ("Pain improved with physiotherapy", ["improved"]),
    ("New numbness of the right foot", ["new"]),
    ("New-onset urinary retention", ["new"]),
    ("Recent onset sciatica", ["new"]),
    ("Sudden neck pain", ["new"]),
    ("Acute onset foot drop", ["new"]),
    ("Recurrent sciatica", ["recurrent"]),
    ("Thigh pain has returned", ["recurrent"]),
    ("Recurrence of arm pain after fusion", ["recurrent"]),
    ("Symptoms unchanged", ["stable"]),
    ("Arm pain not improving", ["stable"]),
    ("Sciatica, no worse", ["stable"]),
    ("Symptoms stable", ["stable"]),
    ("Failed to improve", ["stable"]),
    ("No progression of weakness", ["stable"]),
    ("New thigh pain, getting worse", ["new", "worse"]),
    ("Leg pain worse with walking", []),
    ("Pain worse when sitting", []),
    ("Pain worse at night", []),
    ("Neck pain worse in the morning", []),
    ("Back pain worse in extension", []),
    ("Both legs, left worse than right", []),
    ("Right leg worse", []),
    ("Aggravated by coughing", []),
    ("Pain improved with sitting", []),
    ("No new weakness", []),
    ("Denies new numbness", []),
    ("No progressive deficit", []),
    ("?recurrent disc", []),
    ("Recurrent UTI", []),
    ("New patient with sciatica", []),
    ("New fracture suspected", []),
    ("Primary progressive multiple sclerosis", []),
    ("Moved from New York", []),
    ("Persistent neck pain", []),
    ("Intermittent neck pain", []),
)


@pytest.mark.parametrize(("text", "values"), [pytest.param(*row, id=row[0]) for row in COURSE])
def test_course(text: str, values: list[str], rules: DurationRules) -> None:
    assert [course.value for course in courses_in(text, rules)] == values


def test_dates_have_no_days_without_an_anchor(rules: DurationRules) -> None:
    (found,) = durations_in("Neck pain since March 2023", None, rules)
    assert (found.days, found.max_days, found.source) == (None, None, "dated")


def test_amounts_need_no_anchor(rules: DurationRules) -> None:
    (found,) = durations_in("Neck pain x 5 weeks", None, rules)
    assert (found.days, found.max_days) == (35, 35)


@pytest.mark.parametrize("text", ["since July 2024", "since 2025", "since 8/2024", "since 1 January 2025"])
def test_a_date_after_the_anchor_is_none(text: str, rules: DurationRules) -> None:
    assert durations_in(f"Neck pain {text}", ANCHOR, rules) == ()


def test_a_year_runs_from_its_end_and_its_start(rules: DurationRules) -> None:
    """Decision 13: "since 2019" is counted from the end and the start of that year."""
    (found,) = durations_in("Sciatica since 2019", ANCHOR, rules)
    assert found.days == (ANCHOR - date(2019, 12, 31)).days
    assert found.max_days == (ANCHOR - date(2019, 1, 1)).days


def test_the_current_year_may_have_begun_today(rules: DurationRules) -> None:
    (found,) = durations_in("Sciatica since 2024", ANCHOR, rules)
    assert (found.days, found.max_days) == (0, 166)


@pytest.mark.parametrize(
    ("days", "unit"), [(1, "day"), (7, "week"), (30, "month"), (365, "year")], ids=["day", "week", "month", "year"]
)
@pytest.mark.parametrize("count", [1, 2, 5, 12])
def test_units(count: int, days: int, unit: str, rules: DurationRules) -> None:
    """The guideline: week 7, month 30, year 365."""
    (found,) = durations_in(f"Neck pain for {count} {unit}{'s' if count > 1 else ''}", ANCHOR, rules)
    assert (found.days, found.max_days) == (count * days, count * days)


OPENINGS = ("", "LBP ", "Left leg pain ", "Failed PT and ", "C/o numbness, ", "s/p fusion 2019, ", "Fall ", "PT ")
TIMES = (
    "x 3 wks",
    "since 5/3",
    "3/52",
    "for years",
    "6-8 weeks ago",
    ">2 mo",
    "since March 2019",
    "2 1/2 yrs",
    "since",
)
ENDINGS = ("", ".", ", worse", " of PT", " post-op", " ago", " old", " and 2 days", " to 3 months", " (approx")

any_text = st.one_of(
    st.text(max_size=200),
    st.lists(st.sampled_from((*OPENINGS, *TIMES, *ENDINGS)), max_size=12).map("".join),
    st.text(alphabet="0123456789/-. ,wksmoyrxsince", max_size=80),
)


@given(any_text, st.one_of(st.none(), st.dates()))
def test_any_text_is_read(text: str, anchor: date | None) -> None:
    compiled = COMPILED
    for each in durations_in(text, anchor, compiled):
        assert 0 <= each.start < each.end <= len(text)
        assert each.of in OWNERS
        assert each.days is None or each.days >= 0
        assert each.days is None or each.max_days is None or each.days <= each.max_days
    for course in courses_in(text, compiled):
        assert 0 <= course.start < course.end <= len(text)
        assert course.value in COURSES


COMPILED = compile_rules(lexicon.shipped())


@given(any_text, any_text)
def test_times_do_not_overlap_and_stand_in_order(first: str, second: str) -> None:
    found = durations_in(f"{first}. {second}", ANCHOR, COMPILED)
    assert all(one.end <= other.start for one, other in pairwise(found))


@pytest.mark.parametrize(
    "piece",
    ["LBP x 3 wks, ", "since ", "3 ", "x", "3/", "for the past ", "since a b c d e f g ", "    ", "3-", "1 year 2 "],
)
def test_time_grows_with_the_text(piece: str) -> None:
    def spent(copies: int) -> float:
        text = piece * copies
        runs = []
        for _ in range(3):
            begun = process_time()
            durations_in(text, ANCHOR, COMPILED)
            runs.append(process_time() - begun)
        return min(runs)

    assert spent(1600) < 12 * spent(400) + 0.02


def rows_with(**changed: str) -> Lexicon:
    """Return the shipped lexicon with one more row of durations."""
    row = Term(**{"id": "DUR-9001", "example": "x", "enabled": True, "term": "zzz", "attributes": ""} | changed)  # type: ignore[arg-type]
    shipped = lexicon.shipped()
    return Lexicon({**shipped.rows, "durations": (*shipped.rows["durations"], row)})


@pytest.mark.parametrize(
    "changed",
    [
        {"form": "units", "value": "7"},
        {"form": "unit", "value": "week"},
        {"form": "number", "value": "|"},
        {"form": "subject", "value": "nobody"},
        {"form": "course", "value": "sideways"},
    ],
    ids=["form", "unit", "number", "owner", "course"],
)
def test_a_row_that_cannot_be_used_is_named(changed: dict[str, str]) -> None:
    with pytest.raises(LexiconError, match="DUR-9001"):
        compile_rules(rows_with(**changed))


def test_a_site_may_add_a_unit() -> None:
    compiled = compile_rules(rows_with(form="unit", value="7", term="semana"))
    (found,) = durations_in("Neck pain x 3 semana", ANCHOR, compiled)
    assert (found.days, found.rule_id) == (21, "DUR-9001")
