-- Makes the lost money of a window available again, wakes whoever waits for it and says how much it was. It runs with its
-- owner's rights, so that the portal's role, which may not write budget_windows, can do this and nothing else.
CREATE FUNCTION release_lost_money(budget uuid, start timestamptz) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE lost bigint;
BEGIN
  SELECT lost_nanos INTO lost FROM budget_windows WHERE budget_id = budget AND window_start = start FOR UPDATE;
  IF coalesce(lost, 0) = 0 THEN RETURN 0; END IF;
  UPDATE budget_windows SET lost_nanos = 0 WHERE budget_id = budget AND window_start = start;
  PERFORM pg_notify('budget', format('freed %s %s 0 portal', budget, extract(epoch FROM start)::bigint));
  RETURN lost;
END $$;--> statement-breakpoint
REVOKE ALL ON FUNCTION release_lost_money(uuid, timestamptz) FROM PUBLIC;
