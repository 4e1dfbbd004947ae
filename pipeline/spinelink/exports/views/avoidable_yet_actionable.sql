-- Requests that are potentially avoidable by their wording, whose studies show a finding that calls for action.
-- Lenient policy. A finding never justifies a request after the event; these are the counter-examples to review.
SELECT
    r.report_id,
    r.patient_id,
    r.study_date,
    r.age,
    r.sex,
    a.class_lenient,
    a.class_strict,
    a.rule_lenient,
    a.duration_days,
    a.actionable_findings,
    a.report_alarm,
    a.urgent_review
FROM audit AS a
JOIN reports AS r USING (report_id)
WHERE a.class_lenient = 'potentially_avoidable' AND len(a.actionable_findings) > 0
ORDER BY r.report_id;
