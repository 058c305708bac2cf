-- "requests" is partitioned by hand: drizzle-kit cannot express it.
CREATE TABLE "admin_tokens" (
	"id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"digest" "bytea" NOT NULL,
	"role" text NOT NULL,
	"expires_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"revoked_at" timestamp with time zone,
	CONSTRAINT "admin_tokens_digest_unique" UNIQUE("digest")
);
--> statement-breakpoint
CREATE TABLE "alert_rules" (
	"id" uuid PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"scope" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"window_minutes" integer NOT NULL,
	"threshold" text NOT NULL,
	"min_count" integer DEFAULT 0 NOT NULL,
	"severity" text NOT NULL,
	"actions" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"undo_on_recovery" boolean DEFAULT false NOT NULL,
	"enabled" boolean DEFAULT true NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"archived_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "alerts" (
	"id" uuid PRIMARY KEY NOT NULL,
	"rule_id" uuid,
	"subject" text NOT NULL,
	"state" text NOT NULL,
	"severity" text NOT NULL,
	"details" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"fired_at" timestamp with time zone NOT NULL,
	"acknowledged_at" timestamp with time zone,
	"acknowledged_by" text,
	"resolved_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "app_keys" (
	"id" uuid PRIMARY KEY NOT NULL,
	"app_id" uuid NOT NULL,
	"name" text NOT NULL,
	"public_id" text NOT NULL,
	"digest" "bytea" NOT NULL,
	"last4" text NOT NULL,
	"status" text DEFAULT 'enabled' NOT NULL,
	"allowed_models" text[] DEFAULT '{}'::text[] NOT NULL,
	"limits" jsonb,
	"expires_at" timestamp with time zone,
	"version" bigint DEFAULT 0 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "app_keys_public_id_unique" UNIQUE("public_id")
);
--> statement-breakpoint
CREATE TABLE "apps" (
	"id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"tenant" text NOT NULL,
	"project" text NOT NULL,
	"tenant_scope" text[] DEFAULT '{}'::text[] NOT NULL,
	"project_scope" text[] DEFAULT '{}'::text[] NOT NULL,
	"feature_scope" text[] DEFAULT '{}'::text[] NOT NULL,
	"environment" text DEFAULT 'production' NOT NULL,
	"allow_environments" text[] DEFAULT '{}'::text[] NOT NULL,
	"owner_email" text,
	"allowed_models" text[] DEFAULT '{}'::text[] NOT NULL,
	"pools" uuid[] DEFAULT '{}'::uuid[] NOT NULL,
	"allowed_ips" text[] DEFAULT '{}'::text[] NOT NULL,
	"language" text DEFAULT 'en' NOT NULL,
	"default_max_output_tokens" integer DEFAULT 4096 NOT NULL,
	"limits" jsonb,
	"status" text DEFAULT 'enabled' NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"archived_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "audit" (
	"seq" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "audit_seq_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"ts" timestamp with time zone DEFAULT now() NOT NULL,
	"actor" text NOT NULL,
	"action" text NOT NULL,
	"resource" text NOT NULL,
	"resource_id" text NOT NULL,
	"details" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"previous_hash" "bytea",
	"hash" "bytea"
);
--> statement-breakpoint
CREATE TABLE "balances" (
	"key_id" uuid PRIMARY KEY NOT NULL,
	"amount" text NOT NULL,
	"currency" text NOT NULL,
	"usd_nanos" bigint,
	"source" text NOT NULL,
	"read_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "budget_windows" (
	"budget_id" uuid NOT NULL,
	"window_start" timestamp with time zone NOT NULL,
	"window_end" timestamp with time zone NOT NULL,
	"limit_nanos" bigint NOT NULL,
	"posted_nanos" bigint DEFAULT 0 NOT NULL,
	"leased_nanos" bigint DEFAULT 0 NOT NULL,
	"lost_nanos" bigint DEFAULT 0 NOT NULL,
	"recall" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "budget_windows_budget_id_window_start_pk" PRIMARY KEY("budget_id","window_start")
);
--> statement-breakpoint
CREATE TABLE "budgets" (
	"id" uuid PRIMARY KEY NOT NULL,
	"scope" text NOT NULL,
	"scope_id" text DEFAULT '' NOT NULL,
	"period" text NOT NULL,
	"limit_nanos" bigint NOT NULL,
	"hard" boolean DEFAULT false NOT NULL,
	"ladder" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"archived_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "channels" (
	"id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"kind" text NOT NULL,
	"language" text DEFAULT 'zh' NOT NULL,
	"min_severity" text DEFAULT 'info' NOT NULL,
	"enabled" boolean DEFAULT true NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"archived_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "deliveries" (
	"id" uuid PRIMARY KEY NOT NULL,
	"channel_id" uuid NOT NULL,
	"alert_id" uuid,
	"alert_state" text,
	"payload" jsonb NOT NULL,
	"state" text DEFAULT 'waiting' NOT NULL,
	"tries" integer DEFAULT 0 NOT NULL,
	"next_try_at" timestamp with time zone DEFAULT now() NOT NULL,
	"receipt" jsonb,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "deliveries_once" UNIQUE("channel_id","alert_id","alert_state")
);
--> statement-breakpoint
CREATE TABLE "drills" (
	"id" uuid PRIMARY KEY NOT NULL,
	"key_id" uuid NOT NULL,
	"state" text NOT NULL,
	"steps" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"started_at" timestamp with time zone NOT NULL,
	"ended_at" timestamp with time zone,
	"actor" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "health_events" (
	"id" uuid PRIMARY KEY NOT NULL,
	"ts" timestamp with time zone NOT NULL,
	"key_id" uuid NOT NULL,
	"signal" text NOT NULL,
	"result" text NOT NULL,
	"error_class" text,
	"details" jsonb DEFAULT '{}'::jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "invites" (
	"id" uuid PRIMARY KEY NOT NULL,
	"purpose" text NOT NULL,
	"token_digest" "bytea" NOT NULL,
	"email" text,
	"role" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"used_at" timestamp with time zone,
	CONSTRAINT "invites_token_digest_unique" UNIQUE("token_digest")
);
--> statement-breakpoint
CREATE TABLE "job_runs" (
	"id" uuid PRIMARY KEY NOT NULL,
	"job" text NOT NULL,
	"process_id" uuid NOT NULL,
	"started_at" timestamp with time zone NOT NULL,
	"ended_at" timestamp with time zone,
	"error" text,
	"details" jsonb DEFAULT '{}'::jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "key_health" (
	"key_id" uuid PRIMARY KEY NOT NULL,
	"state" text NOT NULL,
	"score" integer NOT NULL,
	"reason" text,
	"since" timestamp with time zone NOT NULL,
	"next_try_at" timestamp with time zone,
	"last_error" jsonb,
	"details" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "keys" (
	"id" uuid PRIMARY KEY NOT NULL,
	"provider_id" uuid NOT NULL,
	"name" text NOT NULL,
	"secret_ref" text,
	"last4" text DEFAULT '' NOT NULL,
	"fingerprint" text DEFAULT '' NOT NULL,
	"environment" text DEFAULT 'production' NOT NULL,
	"owner" text,
	"tags" text[] DEFAULT '{}'::text[] NOT NULL,
	"status" text DEFAULT 'active' NOT NULL,
	"weight" integer DEFAULT 1 NOT NULL,
	"tier" integer DEFAULT 1 NOT NULL,
	"allowed_models" text[] DEFAULT '{}'::text[] NOT NULL,
	"limits" jsonb,
	"probe" jsonb,
	"balance_threshold_nanos" bigint,
	"expires_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"archived_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "leases" (
	"budget_id" uuid NOT NULL,
	"window_start" timestamp with time zone NOT NULL,
	"process_id" uuid NOT NULL,
	"amount_nanos" bigint DEFAULT 0 NOT NULL,
	"recall_ack" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "leases_budget_id_window_start_process_id_pk" PRIMARY KEY("budget_id","window_start","process_id")
);
--> statement-breakpoint
CREATE TABLE "members" (
	"id" uuid PRIMARY KEY NOT NULL,
	"email" text NOT NULL,
	"name" text DEFAULT '' NOT NULL,
	"role" text NOT NULL,
	"password_hash" text,
	"language" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"archived_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "model_routes" (
	"id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"targets" jsonb NOT NULL,
	"downgrade_to" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"archived_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "policies" (
	"scope" text NOT NULL,
	"scope_id" text NOT NULL,
	"limits" jsonb,
	"allowed_models" text[] DEFAULT '{}'::text[] NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "policies_scope_scope_id_pk" PRIMARY KEY("scope","scope_id")
);
--> statement-breakpoint
CREATE TABLE "pool_keys" (
	"pool_id" uuid NOT NULL,
	"key_id" uuid NOT NULL,
	"weight" integer,
	"tier" integer,
	"position" integer DEFAULT 0 NOT NULL,
	CONSTRAINT "pool_keys_pool_id_key_id_pk" PRIMARY KEY("pool_id","key_id")
);
--> statement-breakpoint
CREATE TABLE "pools" (
	"id" uuid PRIMARY KEY NOT NULL,
	"slug" text NOT NULL,
	"name" text NOT NULL,
	"environment" text DEFAULT 'production' NOT NULL,
	"default_for_provider_id" uuid,
	"strategy" text DEFAULT 'round_robin' NOT NULL,
	"stickiness" text DEFAULT 'none' NOT NULL,
	"standby_percent" integer DEFAULT 0 NOT NULL,
	"fallback_pool_id" uuid,
	"switch_to_pool_id" uuid,
	"switch_until" timestamp with time zone,
	"allowed_models" text[] DEFAULT '{}'::text[] NOT NULL,
	"tenant_scope" text[] DEFAULT '{}'::text[] NOT NULL,
	"model_priority" text[] DEFAULT '{}'::text[] NOT NULL,
	"limits" jsonb,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"archived_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "prices" (
	"id" uuid PRIMARY KEY NOT NULL,
	"provider_id" uuid NOT NULL,
	"model" text NOT NULL,
	"input_pico" bigint NOT NULL,
	"cached_input_pico" bigint,
	"output_pico" bigint NOT NULL,
	"effective_from" timestamp with time zone NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"archived_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "processes" (
	"id" uuid PRIMARY KEY NOT NULL,
	"role" text NOT NULL,
	"host" text NOT NULL,
	"pid" integer NOT NULL,
	"version" text NOT NULL,
	"started_at" timestamp with time zone DEFAULT now() NOT NULL,
	"seen_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "providers" (
	"id" uuid PRIMARY KEY NOT NULL,
	"slug" text NOT NULL,
	"name" text NOT NULL,
	"dialect" text NOT NULL,
	"base_url" text NOT NULL,
	"enabled" boolean DEFAULT true NOT NULL,
	"priority" integer DEFAULT 100 NOT NULL,
	"model_patterns" text[] DEFAULT '{}'::text[] NOT NULL,
	"first_byte_timeout_ms" integer NOT NULL,
	"idle_timeout_ms" integer NOT NULL,
	"total_timeout_ms" integer NOT NULL,
	"max_retries" integer DEFAULT 2 NOT NULL,
	"headers" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"price_provider" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"archived_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "registry_version" (
	"one" boolean PRIMARY KEY DEFAULT true NOT NULL,
	"version" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "requests" (
	"id" uuid NOT NULL,
	"ts" timestamp with time zone NOT NULL,
	"kind" text DEFAULT 'call' NOT NULL,
	"outcome" text NOT NULL,
	"request_id" text NOT NULL,
	"process_id" uuid NOT NULL,
	"app_id" uuid,
	"app_key_id" uuid,
	"key_id" uuid,
	"pool_id" uuid,
	"provider_id" uuid,
	"environment" text NOT NULL,
	"tenant" text NOT NULL,
	"project" text NOT NULL,
	"feature" text NOT NULL,
	"endpoint" text NOT NULL,
	"model" text NOT NULL,
	"served_model" text NOT NULL,
	"stream" boolean NOT NULL,
	"input_tokens" integer NOT NULL,
	"cached_input_tokens" integer NOT NULL,
	"output_tokens" integer NOT NULL,
	"reasoning_tokens" integer NOT NULL,
	"cost_nanos" bigint NOT NULL,
	"cost_source" text NOT NULL,
	"price_id" text,
	"latency_ms" integer NOT NULL,
	"ttft_ms" integer,
	"status" smallint NOT NULL,
	"error_class" text,
	"error_code" text,
	"attempts" jsonb NOT NULL,
	"decision" jsonb,
	"charges" jsonb,
	CONSTRAINT "requests_id_ts_pk" PRIMARY KEY("id","ts")
) PARTITION BY RANGE ("ts");
--> statement-breakpoint
CREATE TABLE "rollups" (
	"bucket" timestamp with time zone NOT NULL,
	"kind" text NOT NULL,
	"app_id" uuid,
	"key_id" uuid,
	"pool_id" uuid,
	"provider_id" uuid,
	"environment" text NOT NULL,
	"tenant" text NOT NULL,
	"project" text NOT NULL,
	"feature" text NOT NULL,
	"endpoint" text NOT NULL,
	"model" text NOT NULL,
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
	"latency_histogram" integer[] DEFAULT '{}'::int[] NOT NULL,
	"ttft_histogram" integer[] DEFAULT '{}'::int[] NOT NULL,
	CONSTRAINT "rollups_dimensions" UNIQUE NULLS NOT DISTINCT("bucket","kind","app_id","key_id","pool_id","provider_id","environment","tenant","project","feature","endpoint","model","error_class")
);
--> statement-breakpoint
CREATE TABLE "secrets" (
	"purpose" text NOT NULL,
	"row_id" uuid NOT NULL,
	"sealed" "bytea" NOT NULL,
	"vault_key_id" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "secrets_purpose_row_id_pk" PRIMARY KEY("purpose","row_id")
);
--> statement-breakpoint
CREATE TABLE "sessions" (
	"id" uuid PRIMARY KEY NOT NULL,
	"member_id" uuid NOT NULL,
	"user_agent" text DEFAULT '' NOT NULL,
	"address" text DEFAULT '' NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"seen_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"revoked_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "settings" (
	"name" text PRIMARY KEY NOT NULL,
	"value" jsonb NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "stops" (
	"id" uuid PRIMARY KEY NOT NULL,
	"scope" text NOT NULL,
	"scope_id" text DEFAULT '' NOT NULL,
	"mode" text NOT NULL,
	"rpm" integer,
	"models" text[] DEFAULT '{}'::text[] NOT NULL,
	"reason" text DEFAULT '' NOT NULL,
	"expires_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"lifted_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "vault_keys" (
	"id" text PRIMARY KEY NOT NULL,
	"public_key" "bytea" NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "vault_tasks" (
	"id" uuid PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"input" jsonb NOT NULL,
	"sealed" "bytea",
	"result" jsonb,
	"taken_by" uuid,
	"taken_at" timestamp with time zone,
	"done_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "alerts" ADD CONSTRAINT "alerts_rule_id_alert_rules_id_fk" FOREIGN KEY ("rule_id") REFERENCES "public"."alert_rules"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "app_keys" ADD CONSTRAINT "app_keys_app_id_apps_id_fk" FOREIGN KEY ("app_id") REFERENCES "public"."apps"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "deliveries" ADD CONSTRAINT "deliveries_channel_id_channels_id_fk" FOREIGN KEY ("channel_id") REFERENCES "public"."channels"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "keys" ADD CONSTRAINT "keys_provider_id_providers_id_fk" FOREIGN KEY ("provider_id") REFERENCES "public"."providers"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "pool_keys" ADD CONSTRAINT "pool_keys_pool_id_pools_id_fk" FOREIGN KEY ("pool_id") REFERENCES "public"."pools"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "pool_keys" ADD CONSTRAINT "pool_keys_key_id_keys_id_fk" FOREIGN KEY ("key_id") REFERENCES "public"."keys"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "pools" ADD CONSTRAINT "pools_default_for_provider_id_providers_id_fk" FOREIGN KEY ("default_for_provider_id") REFERENCES "public"."providers"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "prices" ADD CONSTRAINT "prices_provider_id_providers_id_fk" FOREIGN KEY ("provider_id") REFERENCES "public"."providers"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_member_id_members_id_fk" FOREIGN KEY ("member_id") REFERENCES "public"."members"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "alerts_fired" ON "alerts" USING btree ("fired_at");--> statement-breakpoint
CREATE INDEX "app_keys_app" ON "app_keys" USING btree ("app_id");--> statement-breakpoint
CREATE INDEX "app_keys_version" ON "app_keys" USING btree ("version");--> statement-breakpoint
CREATE UNIQUE INDEX "apps_name" ON "apps" USING btree ("name") WHERE archived_at is null;--> statement-breakpoint
CREATE INDEX "audit_resource" ON "audit" USING btree ("resource","resource_id");--> statement-breakpoint
CREATE UNIQUE INDEX "budgets_scope" ON "budgets" USING btree ("scope","scope_id","period") WHERE archived_at is null;--> statement-breakpoint
CREATE INDEX "health_events_key" ON "health_events" USING btree ("key_id","ts");--> statement-breakpoint
CREATE INDEX "health_events_ts" ON "health_events" USING btree ("ts");--> statement-breakpoint
CREATE INDEX "job_runs_job" ON "job_runs" USING btree ("job","started_at");--> statement-breakpoint
CREATE UNIQUE INDEX "keys_provider_name" ON "keys" USING btree ("provider_id","name") WHERE archived_at is null;--> statement-breakpoint
CREATE UNIQUE INDEX "members_email" ON "members" USING btree (lower("email")) WHERE archived_at is null;--> statement-breakpoint
CREATE UNIQUE INDEX "model_routes_name" ON "model_routes" USING btree ("name") WHERE archived_at is null;--> statement-breakpoint
CREATE INDEX "pool_keys_key" ON "pool_keys" USING btree ("key_id");--> statement-breakpoint
CREATE UNIQUE INDEX "pools_slug" ON "pools" USING btree ("slug") WHERE archived_at is null;--> statement-breakpoint
CREATE UNIQUE INDEX "pools_default" ON "pools" USING btree ("default_for_provider_id","environment") WHERE archived_at is null;--> statement-breakpoint
CREATE UNIQUE INDEX "prices_at" ON "prices" USING btree ("provider_id","model","effective_from") WHERE archived_at is null;--> statement-breakpoint
CREATE UNIQUE INDEX "providers_slug" ON "providers" USING btree ("slug") WHERE archived_at is null;--> statement-breakpoint
CREATE INDEX "requests_ts" ON "requests" USING btree ("ts","id");--> statement-breakpoint
CREATE INDEX "requests_app" ON "requests" USING btree ("app_id","ts");--> statement-breakpoint
CREATE INDEX "requests_key" ON "requests" USING btree ("key_id","ts");--> statement-breakpoint
CREATE INDEX "sessions_member" ON "sessions" USING btree ("member_id");--> statement-breakpoint
CREATE INDEX "vault_tasks_open" ON "vault_tasks" USING btree ("created_at") WHERE done_at is null;