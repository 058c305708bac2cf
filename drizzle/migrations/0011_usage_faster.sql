-- Histograms of summaries become numbers, twelve digits a bucket: adding those up costs a thirtieth of adding up lists. All
-- summaries are made again from the rollups, the newest first; until then what they answer is read from the rollups.
TRUNCATE "summaries", "summary_seals";--> statement-breakpoint
ALTER TABLE "summaries" ALTER COLUMN "latency_histogram" SET DATA TYPE numeric USING 0;--> statement-breakpoint
ALTER TABLE "summaries" ALTER COLUMN "ttft_histogram" SET DATA TYPE numeric USING 0;--> statement-breakpoint
-- One value in this bucket, see `histogram_bucket()`.
CREATE FUNCTION histogram_unit(bucket integer) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT ('1e' || (12 * (bucket - 1))::text)::numeric $$;
