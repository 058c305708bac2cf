/** The rows of the table in README.md, long; `test/integration/chaos-*.test.ts` plays the same scenarios, short. */
import { describe } from 'vitest'
import { checkBudgetModel } from '../support/budget-world'
import { chaosRow } from '../support/chaos-report'
import { seed } from '../support/random'
import { hasRedis } from '../support/redis'
import { fullDisk, hasSmallDisk } from './scenarios/full-disk'
import { leavingClients } from './scenarios/leaving-clients'
import { postgresAway } from './scenarios/postgres-away'
import { killedUnderLoad } from './scenarios/process-death'
import { redisAway } from './scenarios/redis-away'
import { slowloris, slowReaders } from './scenarios/slow-clients'
import { drained, toldTwice } from './scenarios/stopping'
import { tornSettles } from './scenarios/torn-settles'
import { upstreamFaults } from './scenarios/upstream-faults'

const rounds = Number(process.env.CHAOS_ROUNDS ?? 20)
const awayMs = Number(process.env.CHAOS_AWAY_SECONDS ?? 30) * 1000
const hour = 3_600_000

chaosRow(
  '1',
  'killed with 200 calls and streams under way',
  (random) => killedUnderLoad({ rounds, connections: 200, random, killsInReplay: 0, untilIdle: true }),
  hour,
)
chaosRow(
  '2',
  'killed twice within a second of its replay',
  (random) =>
    killedUnderLoad({
      rounds: Math.ceil(rounds / 2),
      connections: 200,
      random,
      killsInReplay: 2,
      untilIdle: true,
    }),
  hour,
)
chaosRow('3', 'PostgreSQL stopped at once, 100 calls/s', () =>
  postgresAway({ how: 'stopped', awayMs, callsPerSecond: 100 }),
)
chaosRow('4', 'PostgreSQL hangs, 100 calls/s', () =>
  postgresAway({ how: 'frozen', awayMs, callsPerSecond: 100 }),
)
chaosRow('5', 'database connections cut at random bytes', (random) => tornSettles(10_000, random))
describe.skipIf(!hasRedis)('with a Redis', () => {
  chaosRow('6', 'Redis shut down, paused, slow', () => redisAway({ faultMs: 12_000 }))
})
chaosRow('9', 'clients leave at a random chunk', (random) =>
  leavingClients({ streams: 1000, atOnce: 200, socketsAfterMs: 35_000, random }),
)
chaosRow('10', 'clients read 1 KB/s', () =>
  slowReaders({ readers: 100, megabytes: 50, watchMs: 120_000, untilCut: true }),
)
chaosRow('11', 'sockets send a header byte each 5 s', () =>
  slowloris({ sockets: 1000, byteEveryMs: 5000, idleMs: 30_000 }),
)
chaosRow('12', 'each fault of a provider', () => upstreamFaults({ times: 5 }))
chaosRow('13', 'SIGTERM under 100 streams of a minute', () =>
  drained({ streams: 100, seconds: 60, drainSeconds: 120 }),
)
chaosRow('13', 'a second SIGTERM', () => toldTwice({ streams: 100, seconds: 60, drainSeconds: 120 }))
describe.skipIf(!hasSmallDisk)('with a small disk', () => {
  chaosRow('14', 'the disk of the journal is full', () => fullDisk({ rounds: 10 }))
})
chaosRow(
  '24',
  'any order of holds, settles, crashes and lost messages',
  async () => {
    const runs = Number(process.env.CHAOS_MODEL_RUNS ?? 50_000)
    await checkBudgetModel({ runs, seed: seed >>> 1 })
    return { runs, overspent: 0, leaked: 0 }
  },
  hour,
)
