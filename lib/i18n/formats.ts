import type { Formats } from 'next-intl'

/** How times are written in both languages, always with 24 hours. */
export const formats = {
  dateTime: {
    day: { dateStyle: 'medium' },
    time: { dateStyle: 'medium', timeStyle: 'short', hourCycle: 'h23' },
    exact: { dateStyle: 'full', timeStyle: 'medium', hourCycle: 'h23' },
  },
} satisfies Formats
