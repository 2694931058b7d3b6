-- What still waits or runs at each work center in use.
SELECT
    center.WorkCenterId,
    center.Code,
    center.Name,
    COUNT(step.JobId) AS OpenOperations,
    COALESCE(SUM(step.SetupMinutes + step.RunMinutes), 0) AS OpenMinutes,
    center.CapacityHours
FROM WorkCenter AS center
LEFT JOIN JobOperation AS step ON step.WorkCenterId = center.WorkCenterId AND step.State IN (0, 1)
WHERE center.IsActive = 1
GROUP BY center.WorkCenterId, center.Code, center.Name, center.CapacityHours
