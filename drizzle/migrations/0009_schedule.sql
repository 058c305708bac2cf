CREATE TABLE "jobs" (
	"job" text PRIMARY KEY NOT NULL,
	"interval_ms" integer NOT NULL,
	"limit_ms" integer NOT NULL,
	"due_at" timestamp with time zone NOT NULL,
	"claimed_by" uuid,
	"claimed_until" timestamp with time zone,
	"run_id" uuid
);
--> statement-breakpoint
CREATE TABLE "key_checks" (
	"key_id" uuid PRIMARY KEY NOT NULL,
	"probed_at" timestamp with time zone,
	"next_probe_at" timestamp with time zone,
	"probe" jsonb,
	"balance_tried_at" timestamp with time zone,
	"balance_error" text
);
--> statement-breakpoint
ALTER TABLE "balances" ADD COLUMN "typed_amount" text;--> statement-breakpoint
ALTER TABLE "balances" ADD COLUMN "per_day_nanos" bigint;--> statement-breakpoint
ALTER TABLE "providers" ADD COLUMN "balance" jsonb;--> statement-breakpoint
CREATE INDEX "rollups_probes" ON "rollups" USING btree ("key_id","bucket") WHERE kind = 'probe';