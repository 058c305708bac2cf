/** How often a rule would have fired lately, as the admin API tells it. */
import { z } from 'zod'
import { severities } from './alerts'
import { timeOut } from './fields'

/** What a preview cannot know or leaves out. */
export const previewRemarks = [
  'fewer_days',
  'settings_of_today',
  'budgets_of_app_keys',
  'archived_keys',
] as const

export const alertRulePreview = z
  .object({
    kept: z.boolean().meta({
      description:
        'False: what this kind of rule looks at is known only as it is now, no history is kept for it',
    }),
    from: timeOut.nullable(),
    to: timeOut.nullable(),
    step_seconds: z.int().nullable().meta({
      description: 'How far apart the looks at the past are; the rule itself is evaluated every 15 seconds',
    }),
    fired: z.int().nullable().meta({ description: 'How many alerts there would have been' }),
    told: z.int().nullable().meta({ description: 'How many messages to each channel of its severity' }),
    firings: z
      .array(
        z.object({
          subject: z.object({ scope: z.string(), id: z.string(), name: z.string() }),
          severity: z.enum(severities),
          fired_at: timeOut,
          resolved_at: timeOut.nullable().meta({ description: 'Null: it goes on' }),
          told: z.int(),
          flapping: z.boolean(),
        }),
      )
      .meta({ description: 'The newest 100, newest first' }),
    remarks: z.array(z.enum(previewRemarks)).meta({
      description:
        'fewer_days: there were too many calls or changes to look at all seven days. settings_of_today: limits, pools, dates and secrets as they are now. budgets_of_app_keys: these are left out. archived_keys: these are left out',
    }),
  })
  .meta({ id: 'AlertRulePreview' })
