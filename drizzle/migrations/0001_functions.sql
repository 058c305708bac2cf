-- Registry version: raised once per statement on a registry table, inside the same transaction. The row lock
-- makes versions commit in order, so a reader that has seen N has seen everything up to N.
INSERT INTO registry_version (one, version) VALUES (true, 1);--> statement-breakpoint
CREATE FUNCTION registry_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE v bigint;
BEGIN
  UPDATE registry_version SET version = version + 1 RETURNING version INTO v;
  PERFORM pg_notify('registry', v::text);
  RETURN NULL;
END $$;--> statement-breakpoint
DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['settings','providers','keys','secrets','pools','pool_keys','model_routes','prices','apps','app_keys','policies','stops','budgets'] LOOP
    EXECUTE format('CREATE TRIGGER registry_changed AFTER INSERT OR UPDATE OR DELETE ON %I FOR EACH STATEMENT EXECUTE FUNCTION registry_changed()', t);
  END LOOP;
END $$;--> statement-breakpoint

-- App keys carry the version that their change will have, so that a gateway need not read a hundred thousand of
-- them again. The first row of a statement takes the lock on the version that registry_changed() then raises.
CREATE FUNCTION app_key_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  SELECT version + 1 INTO NEW.version FROM registry_version FOR UPDATE;
  RETURN NEW;
END $$;--> statement-breakpoint
CREATE TRIGGER app_key_changed BEFORE INSERT OR UPDATE ON app_keys FOR EACH ROW EXECUTE FUNCTION app_key_changed();--> statement-breakpoint

-- Vault tasks wake the gateway.
CREATE FUNCTION vault_task_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('vault_task', NEW.id::text);
  RETURN NULL;
END $$;--> statement-breakpoint
CREATE TRIGGER vault_task_added AFTER INSERT ON vault_tasks FOR EACH ROW EXECUTE FUNCTION vault_task_added();--> statement-breakpoint

-- Log-bucket histograms: four buckets an octave from 1 ms (bucket 1) to about 50 minutes (bucket 88), 19 % wide.
CREATE FUNCTION histogram_bucket(ms integer) RETURNS integer LANGUAGE sql STRICT IMMUTABLE PARALLEL SAFE AS
$$ SELECT least(88, 1 + floor(4 * ln((greatest(ms, 0) + 1)::double precision) / ln(2.0::double precision)))::integer $$;--> statement-breakpoint
-- The upper bound of a bucket in milliseconds.
CREATE FUNCTION histogram_bound(bucket integer) RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT power(2.0::double precision, bucket / 4.0) - 1 $$;--> statement-breakpoint
CREATE FUNCTION histogram_add(a integer[], b integer[]) RETURNS integer[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT coalesce(array_agg(coalesce(x, 0) + coalesce(y, 0) ORDER BY i), '{}') FROM unnest(a, b) WITH ORDINALITY AS u(x, y, i) $$;--> statement-breakpoint
CREATE FUNCTION histogram_increment(h integer[], bucket integer) RETURNS integer[] LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE size integer := coalesce(array_length(h, 1), 0);
BEGIN
  IF bucket IS NULL THEN RETURN h; END IF;
  IF size < bucket THEN h := h || array_fill(0, ARRAY[bucket - size]); END IF;
  h[bucket] := h[bucket] + 1;
  RETURN h;
END $$;--> statement-breakpoint
CREATE AGGREGATE histogram_of(integer) (SFUNC = histogram_increment, STYPE = integer[], INITCOND = '{}');--> statement-breakpoint
CREATE AGGREGATE histogram_sum(integer[]) (SFUNC = histogram_add, STYPE = integer[], INITCOND = '{}');--> statement-breakpoint
-- The value below which the share `p` (0..1) of a histogram lies, interpolated inside its bucket; null when empty.
CREATE FUNCTION histogram_percentile(h integer[], p double precision) RETURNS integer LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE total bigint := 0; wanted double precision; seen bigint := 0; low double precision;
BEGIN
  SELECT coalesce(sum(x), 0) INTO total FROM unnest(h) x;
  IF total = 0 THEN RETURN NULL; END IF;
  wanted := p * total;
  FOR i IN 1 .. array_length(h, 1) LOOP
    IF seen + h[i] >= wanted AND h[i] > 0 THEN
      low := histogram_bound(i - 1);
      RETURN round(low + (histogram_bound(i) - low) * greatest(wanted - seen, 0) / h[i])::integer;
    END IF;
    seen := seen + h[i];
  END LOOP;
  RETURN round(histogram_bound(array_length(h, 1)))::integer;
END $$;--> statement-breakpoint

-- Monthly partitions: this month and `ahead` more. Rows outside them land in the default partition.
CREATE TABLE requests_default PARTITION OF requests DEFAULT;--> statement-breakpoint
CREATE FUNCTION ensure_request_partitions(at timestamptz, ahead integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE first timestamptz; made integer := 0; name text;
BEGIN
  FOR i IN 0 .. ahead LOOP
    first := (date_trunc('month', at AT TIME ZONE 'UTC') + make_interval(months => i)) AT TIME ZONE 'UTC';
    name := 'requests_' || to_char(first AT TIME ZONE 'UTC', 'YYYY_MM');
    IF to_regclass(name) IS NULL THEN
      EXECUTE format('CREATE TABLE %I PARTITION OF requests FOR VALUES FROM (%L) TO (%L)', name, first, (first AT TIME ZONE 'UTC' + interval '1 month') AT TIME ZONE 'UTC');
      made := made + 1;
    END IF;
  END LOOP;
  RETURN made;
END $$;--> statement-breakpoint
SELECT ensure_request_partitions(now(), 2);--> statement-breakpoint
ALTER TABLE rollups SET (fillfactor = 70);--> statement-breakpoint
ALTER TABLE budget_windows SET (fillfactor = 50);--> statement-breakpoint
ALTER TABLE leases SET (fillfactor = 50);
