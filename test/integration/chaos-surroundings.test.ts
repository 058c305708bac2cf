/** The scenarios of `npm run chaos` in which everything around the gateway fails, short. */
import { describe } from 'vitest'
import { leavingClients } from '../chaos/scenarios/leaving-clients'
import { postgresAway } from '../chaos/scenarios/postgres-away'
import { redisAway } from '../chaos/scenarios/redis-away'
import { slowloris, slowReaders } from '../chaos/scenarios/slow-clients'
import { upstreamFaults } from '../chaos/scenarios/upstream-faults'
import { chaosRow } from '../support/chaos-report'
import { hasRedis } from '../support/redis'

const timeoutMs = 120_000

chaosRow(
  '3',
  'PostgreSQL stopped at once',
  () => postgresAway({ how: 'stopped', awayMs: 3000, callsPerSecond: 60 }),
  timeoutMs,
)
chaosRow(
  '4',
  'PostgreSQL hangs',
  () => postgresAway({ how: 'frozen', awayMs: 3000, callsPerSecond: 60 }),
  timeoutMs,
)
describe.skipIf(!hasRedis)('with a Redis', () => {
  chaosRow('6', 'Redis shut down, paused, slow', () => redisAway({ faultMs: 2500 }), timeoutMs)
})
chaosRow(
  '9',
  'clients leave at a random chunk',
  (random) => leavingClients({ streams: 100, atOnce: 50, socketsAfterMs: null, random }),
  timeoutMs,
)
chaosRow(
  '10',
  'clients read 1 KB/s',
  () => slowReaders({ readers: 20, megabytes: 50, watchMs: 3000, untilCut: false }),
  timeoutMs,
)
chaosRow(
  '11',
  'sockets send a header byte each 5 s',
  () => slowloris({ sockets: 100, byteEveryMs: 5000, idleMs: null }),
  timeoutMs,
)
chaosRow('12', 'each fault of a provider', () => upstreamFaults({ times: 1 }), timeoutMs)
