/** What can be grouped and filtered by. */
export const usageDimensions = [
  'tenant',
  'project',
  'feature',
  'app',
  'model',
  'key',
  'pool',
  'provider',
  'environment',
  'endpoint',
  'error_class',
] as const
export const usageGroups = [...usageDimensions, 'minute', 'hour', 'day'] as const
export type UsageDimension = (typeof usageDimensions)[number]
export type UsageGroup = (typeof usageGroups)[number]
