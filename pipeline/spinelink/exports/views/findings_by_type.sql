-- Findings by type, of the reports that image the same regions: how many affirm it, suspect it, deny it or are silent.
-- A report counts once, by the most that it says; findings that an addendum corrects do not count.
WITH studies AS (
    SELECT report_id, array_to_string(regions, '+') AS regions
    FROM reports
    WHERE is_spine
),
denominators AS (
    SELECT regions, count(*) AS reports
    FROM studies
    GROUP BY regions
),
said AS (
    SELECT
        report_id,
        finding_type,
        CASE
            WHEN bool_or(assertion = 'present') THEN 'present'
            WHEN bool_or(assertion = 'possible') THEN 'possible'
            ELSE 'absent'
        END AS assertion
    FROM findings
    WHERE superseded_by IS NULL
    GROUP BY report_id, finding_type
),
counted AS (
    SELECT
        s.regions,
        f.finding_type,
        count(*) FILTER (f.assertion = 'present') AS present,
        count(*) FILTER (f.assertion = 'possible') AS possible,
        count(*) FILTER (f.assertion = 'absent') AS absent
    FROM said AS f
    JOIN studies AS s USING (report_id)
    GROUP BY s.regions, f.finding_type
)
SELECT
    c.regions,
    c.finding_type,
    d.reports,
    c.present,
    c.possible,
    c.absent,
    d.reports - c.present - c.possible - c.absent AS not_mentioned,
    c.present / d.reports AS present_share,
    c.present / (c.present + c.possible + c.absent) AS present_share_of_mentioned
FROM counted AS c
JOIN denominators AS d USING (regions)
ORDER BY d.reports DESC, c.regions, c.present DESC, c.finding_type;
