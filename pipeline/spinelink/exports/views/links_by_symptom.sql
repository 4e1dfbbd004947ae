-- Symptoms that requests affirm, and whether a finding could explain them: reports by the best relation of each symptom.
-- not_judged are those for which no finding was judged; concordant_share is of all reports with the symptom.
WITH asked AS (
    SELECT
        report_id,
        symptom_type,
        CASE
            WHEN bool_or(best_relation = 'concordant') THEN 'concordant'
            WHEN bool_or(best_relation = 'possible') THEN 'possible'
            WHEN bool_or(best_relation = 'discordant') THEN 'discordant'
            WHEN bool_or(best_relation = 'cannot_judge') THEN 'cannot_judge'
        END AS best
    FROM symptoms
    WHERE kind = 'symptom' AND assertion = 'present'
    GROUP BY report_id, symptom_type
)
SELECT
    symptom_type,
    count(*) AS reports,
    count(*) FILTER (best = 'concordant') AS concordant,
    count(*) FILTER (best = 'possible') AS possible,
    count(*) FILTER (best = 'discordant') AS discordant,
    count(*) FILTER (best = 'cannot_judge') AS cannot_judge,
    count(*) FILTER (best IS NULL) AS not_judged,
    count(*) FILTER (best = 'concordant') / count(*) AS concordant_share
FROM asked
GROUP BY symptom_type
ORDER BY reports DESC, symptom_type;
