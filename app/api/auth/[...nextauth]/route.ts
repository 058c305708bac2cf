import { handleAuth } from '@/lib/auth/next-auth'

export const dynamic = 'force-dynamic'
export const runtime = 'nodejs'

export { handleAuth as GET, handleAuth as POST }
