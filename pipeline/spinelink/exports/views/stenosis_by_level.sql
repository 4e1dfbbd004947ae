-- Stenosis by level and grade: one row a report, disc level, structure and side of which the report says something.
-- Grades run from absent to severe in the order of the column; not_mentioned is left out.
SELECT
    r.report_id,
    r.patient_id,
    r.study_date,
    l.level,
    s.structure,
    s.side,
    s.grade,
    l.operated
FROM levels AS l
JOIN reports AS r USING (report_id)
CROSS JOIN LATERAL (
    VALUES
        ('canal', '', l.canal),
        ('foramen', 'left', l.left_foramen),
        ('foramen', 'right', l.right_foramen),
        ('recess', 'left', l.left_recess),
        ('recess', 'right', l.right_recess)
) AS s (structure, side, grade)
WHERE s.grade <> 'not_mentioned'
ORDER BY r.report_id, l.level, s.structure, s.side;
