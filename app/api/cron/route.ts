import { serveCron } from '@/lib/serverless/runtime'

export const dynamic = 'force-dynamic'
/** Seconds that a round of jobs may take, where the platform asks. */
export const maxDuration = 300

export { serveCron as GET, serveCron as POST }
