CREATE INDEX "requests_app_key" ON "requests" USING btree ("app_key_id","ts");--> statement-breakpoint
CREATE INDEX "requests_request_id" ON "requests" USING btree ("request_id");--> statement-breakpoint
CREATE INDEX "requests_unpriced" ON "requests" USING btree ("ts") WHERE cost_source = 'unknown';