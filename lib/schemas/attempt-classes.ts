/** Whose fault a failed attempt is; decides whether another key may help. */
export const attemptClasses = [
  'request',
  'auth',
  'quota',
  'rate',
  'model',
  'provider',
  'network',
  'timeout',
] as const
export type AttemptClass = (typeof attemptClasses)[number]
