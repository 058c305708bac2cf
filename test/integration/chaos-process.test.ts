/** The scenarios of `npm run chaos` in which the gateway's own process and disk fail, short. */
import { describe } from 'vitest'
import { fullDisk, hasSmallDisk } from '../chaos/scenarios/full-disk'
import { killedUnderLoad } from '../chaos/scenarios/process-death'
import { drained, toldTwice } from '../chaos/scenarios/stopping'
import { tornSettles } from '../chaos/scenarios/torn-settles'
import { chaosRow } from '../support/chaos-report'

const timeoutMs = 120_000
const killed = { rounds: 1, connections: 200, untilIdle: false }

chaosRow(
  '1',
  'killed with 200 calls and streams under way',
  (random) => killedUnderLoad({ ...killed, killsInReplay: 0, random }),
  timeoutMs,
)
chaosRow(
  '2',
  'killed twice within a second of its replay',
  (random) => killedUnderLoad({ ...killed, killsInReplay: 2, random }),
  timeoutMs,
)
chaosRow('5', 'database connections cut at random bytes', (random) => tornSettles(1000, random), timeoutMs)
chaosRow(
  '13',
  'SIGTERM under streams',
  () => drained({ streams: 20, seconds: 3, drainSeconds: 60 }),
  timeoutMs,
)
chaosRow('13', 'a second SIGTERM', () => toldTwice({ streams: 20, seconds: 20, drainSeconds: 60 }), timeoutMs)
describe.skipIf(!hasSmallDisk)('with a small disk', () => {
  chaosRow('14', 'the disk of the journal is full', () => fullDisk({ rounds: 1 }), timeoutMs)
})
