export { DELETE, GET, PATCH, POST, PUT } from '@/app/api/v1/[...path]/route'

export const dynamic = 'force-dynamic'
/** Seconds a function may stream for, where the platform asks. */
export const maxDuration = 300
