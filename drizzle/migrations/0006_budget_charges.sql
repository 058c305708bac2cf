ALTER TABLE "leases" ADD COLUMN "granted_nanos" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "leases" ADD COLUMN "returned_nanos" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "leases" ADD COLUMN "posted_nanos" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
-- Posts what calls have cost: `[{process_id, budget_id, window_start, window_end, nanos, leased}]`, at most one element
-- for each process and window. `leased` is what the process's lease covers; windows lose what is really taken from
-- leases. Windows are locked in the order of their keys before any lease, here as in every statement that moves money,
-- and each statement of a function sees what was committed while it waited for those locks.
CREATE FUNCTION post_charges(charges jsonb) RETURNS integer LANGUAGE plpgsql STRICT AS $$
DECLARE windows integer;
BEGIN
  INSERT INTO budget_windows (budget_id, window_start, window_end, limit_nanos)
    SELECT c.budget_id, c.window_start, c.window_end, coalesce(b.limit_nanos, 0)
    FROM jsonb_to_recordset(charges) AS c(budget_id uuid, window_start timestamptz, window_end timestamptz)
    LEFT JOIN budgets b ON b.id = c.budget_id
    ORDER BY 1, 2
    ON CONFLICT DO NOTHING;
  PERFORM 1 FROM budget_windows w
    WHERE (w.budget_id, w.window_start) IN (
      SELECT c.budget_id, c.window_start FROM jsonb_to_recordset(charges) AS c(budget_id uuid, window_start timestamptz))
    ORDER BY w.budget_id, w.window_start
    FOR UPDATE;
  WITH charge AS (
    SELECT c.*, least(c.leased, coalesce(s.amount_nanos, 0)) AS taken
    FROM jsonb_to_recordset(charges)
      AS c(process_id uuid, budget_id uuid, window_start timestamptz, nanos bigint, leased bigint)
    LEFT JOIN leases s USING (budget_id, window_start, process_id)
  ), lease AS (
    INSERT INTO leases AS s (budget_id, window_start, process_id, posted_nanos)
    SELECT budget_id, window_start, process_id, nanos FROM charge
    ON CONFLICT (budget_id, window_start, process_id) DO UPDATE SET
      posted_nanos = s.posted_nanos + excluded.posted_nanos,
      amount_nanos = s.amount_nanos - (
        SELECT c.taken FROM charge c
        WHERE c.budget_id = s.budget_id AND c.window_start = s.window_start AND c.process_id = s.process_id)
  )
  UPDATE budget_windows w SET posted_nanos = w.posted_nanos + c.nanos, leased_nanos = w.leased_nanos - c.taken
    FROM (SELECT budget_id, window_start, sum(nanos) AS nanos, sum(taken) AS taken FROM charge GROUP BY 1, 2) c
    WHERE w.budget_id = c.budget_id AND w.window_start = c.window_start;
  GET DIAGNOSTICS windows = ROW_COUNT;
  RETURN windows;
END $$;
