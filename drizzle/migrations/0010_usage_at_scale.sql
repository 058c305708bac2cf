CREATE TABLE "dropped_charges" (
	"budget_id" uuid NOT NULL,
	"window_start" timestamp with time zone NOT NULL,
	"nanos" bigint NOT NULL,
	CONSTRAINT "dropped_charges_budget_id_window_start_pk" PRIMARY KEY("budget_id","window_start")
);
--> statement-breakpoint
CREATE TABLE "late_rollups" (
	"bucket" timestamp with time zone PRIMARY KEY NOT NULL,
	"times" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "ledger_drifts" (
	"record" text NOT NULL,
	"subject" text NOT NULL,
	"window_start" timestamp with time zone NOT NULL,
	"window_end" timestamp with time zone NOT NULL,
	"expected" jsonb NOT NULL,
	"found" jsonb NOT NULL,
	"seen_at" timestamp with time zone NOT NULL,
	CONSTRAINT "ledger_drifts_record_subject_window_start_pk" PRIMARY KEY("record","subject","window_start")
);
--> statement-breakpoint
CREATE TABLE "month_totals" (
	"month" timestamp with time zone PRIMARY KEY NOT NULL,
	"requests" bigint DEFAULT 0 NOT NULL,
	"errors" bigint DEFAULT 0 NOT NULL,
	"refused" bigint DEFAULT 0 NOT NULL,
	"input_tokens" bigint DEFAULT 0 NOT NULL,
	"cached_input_tokens" bigint DEFAULT 0 NOT NULL,
	"output_tokens" bigint DEFAULT 0 NOT NULL,
	"reasoning_tokens" bigint DEFAULT 0 NOT NULL,
	"cost_nanos" bigint DEFAULT 0 NOT NULL,
	"sealed_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "summaries" (
	"level" text NOT NULL,
	"view" text NOT NULL,
	"start" timestamp with time zone NOT NULL,
	"kind" text NOT NULL,
	"app_id" uuid,
	"key_id" uuid,
	"pool_id" uuid,
	"provider_id" uuid,
	"environment" text,
	"tenant" text,
	"project" text,
	"feature" text,
	"endpoint" text,
	"model" text,
	"error_class" text,
	"requests" bigint DEFAULT 0 NOT NULL,
	"errors" bigint DEFAULT 0 NOT NULL,
	"refused" bigint DEFAULT 0 NOT NULL,
	"input_tokens" bigint DEFAULT 0 NOT NULL,
	"cached_input_tokens" bigint DEFAULT 0 NOT NULL,
	"output_tokens" bigint DEFAULT 0 NOT NULL,
	"reasoning_tokens" bigint DEFAULT 0 NOT NULL,
	"cost_nanos" bigint DEFAULT 0 NOT NULL,
	"estimated_cost_nanos" bigint DEFAULT 0 NOT NULL,
	"latency_sum_ms" bigint DEFAULT 0 NOT NULL,
	"latency_histogram" integer[] NOT NULL,
	"ttft_histogram" integer[] NOT NULL
);
--> statement-breakpoint
CREATE TABLE "summary_seals" (
	"level" text NOT NULL,
	"start" timestamp with time zone NOT NULL,
	"finish" timestamp with time zone NOT NULL,
	"late" bigint NOT NULL,
	"sealed_at" timestamp with time zone NOT NULL,
	CONSTRAINT "summary_seals_level_start_pk" PRIMARY KEY("level","start")
);
--> statement-breakpoint
CREATE INDEX "summaries_part" ON "summaries" USING btree ("level","view","start");--> statement-breakpoint
-- Rows that came before their month had a partition lie in the default one, and PostgreSQL makes none beside them: they
-- move into it.
CREATE OR REPLACE FUNCTION ensure_request_partitions(at timestamptz, ahead integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE first timestamptz; next timestamptz; made integer := 0; name text;
BEGIN
  FOR i IN 0 .. ahead LOOP
    first := (date_trunc('month', at AT TIME ZONE 'UTC') + make_interval(months => i)) AT TIME ZONE 'UTC';
    next := (first AT TIME ZONE 'UTC' + interval '1 month') AT TIME ZONE 'UTC';
    name := 'requests_' || to_char(first AT TIME ZONE 'UTC', 'YYYY_MM');
    CONTINUE WHEN to_regclass(name) IS NOT NULL;
    IF EXISTS (SELECT FROM requests_default WHERE ts >= first AND ts < next) THEN
      EXECUTE format('CREATE TABLE %I (LIKE requests INCLUDING ALL)', name);
      EXECUTE format('WITH moved AS (DELETE FROM requests_default WHERE ts >= %L AND ts < %L RETURNING *) INSERT INTO %I SELECT * FROM moved', first, next, name);
      EXECUTE format('ALTER TABLE requests ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', name, first, next);
    ELSE
      EXECUTE format('CREATE TABLE %I PARTITION OF requests FOR VALUES FROM (%L) TO (%L)', name, first, next);
    END IF;
    made := made + 1;
  END LOOP;
  RETURN made;
END $$;
