/** `/api/cron` at both doors. */
import { sameText } from '@/lib/auth/same-text'
import { AkcpError } from '@/lib/errors'
import { newId } from '@/lib/id'
import { errorText, log } from '@/lib/log'
import type { JobReport } from './run'

type Runner = { runDue(): Promise<JobReport[]> }
type CronAnswer = { status: number; body: object; headers: Record<string, string> }

/** Runs what is due for a scheduler that knows the secret. `runner` is null where this process serves no gateway. */
export async function answerCron(
  secret: string | undefined,
  authorization: string | null | undefined,
  runner: Runner | null,
): Promise<CronAnswer> {
  try {
    checkSecret(secret, authorization ?? '')
    if (!runner) throw noGateway
    return { status: 200, body: { jobs: await runner.runDue() }, headers: {} }
  } catch (error) {
    return refusal(error instanceof AkcpError ? error : databaseAway(error))
  }
}

const noGateway = new AkcpError('route_not_found', 'This process serves the portal only.', {
  hint: 'Call /api/cron at the address of a gateway.',
})

function checkSecret(secret: string | undefined, authorization: string): void {
  if (secret === undefined) {
    throw new AkcpError(
      'service_unavailable',
      'CRON_SECRET is not set, so nobody may start the schedule from outside.',
      {
        hint: 'Start with CRON_SECRET (at least 16 characters) and send it as Authorization: Bearer. Under npm start nothing needs to call this address.',
      },
    )
  }
  const given = /^Bearer +(\S.*)$/i.exec(authorization)?.[1]
  if (given === undefined || !sameText(given, secret)) {
    throw new AkcpError('unauthorized', 'The scheduler did not identify itself.', {
      hint: 'Send Authorization: Bearer with the value of CRON_SECRET.',
      headers: { 'www-authenticate': 'Bearer' },
    })
  }
}

function databaseAway(error: unknown): AkcpError {
  log.error({ error: errorText(error) }, 'what is due could not be found out')
  return new AkcpError('service_unavailable', 'The database does not answer.', {
    hint: 'Call again in a minute: what was missed is caught up.',
    headers: { 'retry-after': '60' },
  })
}

function refusal(error: AkcpError): CronAnswer {
  const requestId = newId()
  const headers = { 'x-request-id': requestId, ...error.details.headers }
  return { status: error.status, body: error.body(requestId), headers }
}
