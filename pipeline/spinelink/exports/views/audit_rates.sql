-- Classes of the requests in scope and the avoidable rate as a range, under each policy and threshold.
-- avoidable_high adds the requests that say too little to be judged; requests out of scope are counted, and in no rate.
WITH classed AS (
    SELECT 'lenient' AS policy, class_lenient AS class FROM audit
    UNION ALL
    SELECT 'strict', class_strict FROM audit
    UNION ALL
    SELECT 'lenient, 28 days', class_28d FROM audit
    UNION ALL
    SELECT 'lenient, 30 days', class_30d FROM audit
    UNION ALL
    SELECT 'lenient, 42 days', class_42d FROM audit
),
counted AS (
    SELECT
        policy,
        count(*) AS reports,
        count(*) FILTER (class <> 'out_of_scope') AS in_scope,
        count(*) FILTER (class = 'insufficient_information') AS insufficient_information,
        count(*) FILTER (class = 'potentially_avoidable') AS potentially_avoidable,
        count(*) FILTER (class = 'policy_dependent') AS policy_dependent,
        count(*) FILTER (class = 'indicated_red_flag') AS indicated_red_flag,
        count(*) FILTER (class = 'indicated_neuro_deficit') AS indicated_neuro_deficit,
        count(*) FILTER (class = 'indicated_postoperative') AS indicated_postoperative,
        count(*) FILTER (class = 'indicated_persistent') AS indicated_persistent
    FROM classed
    GROUP BY policy
)
SELECT
    *,
    insufficient_information / nullif(in_scope, 0) AS insufficient_share,
    potentially_avoidable / nullif(in_scope, 0) AS avoidable_low,
    (potentially_avoidable + insufficient_information) / nullif(in_scope, 0) AS avoidable_high,
    policy_dependent / nullif(in_scope, 0) AS policy_dependent_share
FROM counted
ORDER BY policy;
