-- Histograms as lists of what is there: each element is a bucket and its count, `bucket << 24 | count`. A rollup row has
-- few buckets out of 88, and reading tens of thousands of rows costs a tenth of adding up whole arrays.
DROP AGGREGATE histogram_sum(integer[]);--> statement-breakpoint
DROP AGGREGATE histogram_of(integer);--> statement-breakpoint
DROP FUNCTION histogram_increment(integer[], integer);--> statement-breakpoint
DROP FUNCTION histogram_percentile(integer[], double precision);--> statement-breakpoint
UPDATE rollups SET
  latency_histogram = (SELECT coalesce(array_agg((i::integer << 24) | n), '{}') FROM unnest(latency_histogram) WITH ORDINALITY AS u(n, i) WHERE n > 0),
  ttft_histogram = (SELECT coalesce(array_agg((i::integer << 24) | n), '{}') FROM unnest(ttft_histogram) WITH ORDINALITY AS u(n, i) WHERE n > 0);--> statement-breakpoint
CREATE OR REPLACE FUNCTION histogram_add(a integer[], b integer[]) RETURNS integer[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT coalesce(array_agg((bucket << 24) | n::integer ORDER BY bucket), '{}')
   FROM (SELECT x >> 24 AS bucket, least(sum(x & 16777215), 16777215) AS n FROM unnest(a || b) x GROUP BY 1) counted $$;--> statement-breakpoint
CREATE FUNCTION histogram_increment(h integer[], bucket integer) RETURNS integer[] LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
  IF bucket IS NULL THEN RETURN h; END IF;
  FOR i IN 1 .. coalesce(array_length(h, 1), 0) LOOP
    IF h[i] >> 24 = bucket THEN
      h[i] := h[i] + 1;
      RETURN h;
    END IF;
  END LOOP;
  RETURN h || ((bucket << 24) | 1);
END $$;--> statement-breakpoint
CREATE AGGREGATE histogram_of(integer) (SFUNC = histogram_increment, STYPE = integer[], INITCOND = '{}');--> statement-breakpoint
-- The value below which the share `p` (0..1) lies, interpolated inside its bucket; null when empty. `buckets` ascends.
CREATE FUNCTION histogram_percentile(buckets integer[], counts bigint[], p double precision) RETURNS integer LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE wanted double precision; seen bigint := 0; low double precision;
BEGIN
  SELECT p * sum(n) INTO wanted FROM unnest(counts) n;
  FOR i IN 1 .. coalesce(array_length(buckets, 1), 0) LOOP
    IF seen + counts[i] >= wanted THEN
      low := histogram_bound(buckets[i] - 1);
      RETURN round(low + (histogram_bound(buckets[i]) - low) * greatest(wanted - seen, 0) / counts[i])::integer;
    END IF;
    seen := seen + counts[i];
  END LOOP;
  RETURN NULL;
END $$;
