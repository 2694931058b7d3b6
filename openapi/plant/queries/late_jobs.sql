-- Jobs that were due before the floor's last report and are neither complete nor cancelled.
-- The last report stands in for the clock, so that the demo's data does not age.
SELECT
    job.JobId,
    job.JobNo,
    job.OrderNo,
    job.ItemNo,
    job.State,
    job.DueAt,
    CAST(julianday(report.LastAt) - julianday(job.DueAt) AS INTEGER) AS DaysLate,
    (
        SELECT COUNT(*)
        FROM JobOperation AS step
        WHERE step.JobId = job.JobId AND step.State IN (0, 1)
    ) AS OpenOperations
FROM JobOrder AS job
CROSS JOIN (SELECT MAX(StartedAt) AS LastAt FROM JobOrder) AS report
WHERE job.State IN (0, 1, 2, 4) AND job.DueAt < report.LastAt
