/** Minutes at full load: whether the gateway's memory stays where it is, and every call still gets its row. */
import { memoryOver } from '../figures.mjs'
import { watch } from './throughput.mjs'

const connections = 64
const sampleSeconds = 10
const megabyte = 1024 * 1024

export async function measureSoak(context, minutes) {
  const { gateway, say } = context
  say(`${minutes} minutes at full load, ${connections} connections`)
  const start = performance.now()
  const samples = []
  const result = await watch(context, { connections, seconds: minutes * 60 }, () => {
    const seconds = (performance.now() - start) / 1000
    if (seconds < (samples.length + 1) * sampleSeconds) return
    samples.push({ seconds: Math.round(seconds), mb: Math.round(gateway.memory() / megabyte) })
    gateway.emptyLog()
    if (samples.length % 6 === 0) say(`  minute ${samples.length / 6}: ${samples.at(-1).mb} MB`)
  })
  const memory = memoryOver(samples)
  say(
    `  ${result.calls} calls, ${(result.calls / result.seconds).toFixed(0)} a second; memory ${memory.lowestMb} to ${memory.highestMb} MB, ${memory.secondHalfMbPerMinute.toFixed(2)} MB more each minute of the second half; rows waited ${result.lagSeconds.toFixed(2)} s at most, ${result.rows.inDatabase} rows of ${result.rows.calls} calls`,
  )
  return { minutes, connections, ...result, memory, samples }
}
