import { serveCall } from '@/lib/serverless/runtime'

export const dynamic = 'force-dynamic'
/** Seconds a function may stream for, where the platform asks. */
export const maxDuration = 300

type Context = { params: Promise<{ path: string[] }> }

async function serve(request: Request, { params }: Context): Promise<Response> {
  return await serveCall(request, (await params).path)
}

export { serve as DELETE, serve as GET, serve as PATCH, serve as POST, serve as PUT }
