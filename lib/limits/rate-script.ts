/**
 * The same rule in Redis: one script takes from all limits of a call or from none, one gives back. Redis' own clock
 * counts, because those of the processes differ. A limit is one key; all keys share a hash tag, so that they live in one
 * slot. Requests and running calls are sorted sets (by time, by end of lease), a bucket is a hash.
 */
import { createHash } from 'node:crypto'
import { concurrencyRetryMs, type LimitKind, limitKinds, minuteMs } from './rate'
import type { Counted, CounterStanding } from './rate-memory'

export type Script = { lua: string; sha: string }
export type ScriptCall = { keys: string[]; args: (string | number)[] }

/** A Redis, as far as rate limits need one. */
export type RateStore = {
  readonly kind: 'redis' | 'upstash'
  /** Makes a new connection, where there is such a thing; the old one is given up. */
  connect(): Promise<void>
  /** Both scripts answer with a list of whole numbers. */
  run(script: Script, call: ScriptCall): Promise<number[]>
  /** Called when the connection is lost. */
  onLost(listener: (error: Error) => void): void
  close(): void
}

const hashTag = '{akcp}'

// KEYS: a limit each. ARGV: the call's id, its tokens, its lease in ms, then kind and limit for each key.
// Answers for each key: used before, ms to wait, ms until the reset. Where nothing has to wait, the call is let in.
export const takeScript = script(`
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local id, tokens, lease = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local minute = ${minuteMs}

local function whole(number) return string.format('%.0f', number) end

local function leaves_in(key, index)
  local entry = redis.call('ZRANGE', key, whole(index), whole(index), 'WITHSCORES')
  return entry[2] and entry[2] + minute + 1 - now or minute + 1
end

local standing = {}
function standing.rpm(key, limit)
  redis.call('ZREMRANGEBYSCORE', key, '-inf', whole(now - minute - 1))
  local used = redis.call('ZCARD', key)
  return used, used < limit and 0 or leaves_in(key, used - limit), leaves_in(key, 0)
end
function standing.tpm(key, limit)
  local bucket = redis.call('HMGET', key, 'used', 'at')
  local used = math.max(0, (bucket[1] or 0) - (now - (bucket[2] or now)) * limit / minute)
  if limit == 0 then return used, minute, minute end
  local over = tokens > limit and used or used + tokens - limit
  return used, math.max(0, over * minute / limit), used * minute / limit
end
function standing.concurrency(key, limit)
  redis.call('ZREMRANGEBYSCORE', key, '-inf', whole(now))
  local used = redis.call('ZCARD', key)
  local wait = used < limit and 0 or ${concurrencyRetryMs}
  return used, wait, wait
end

local take = {}
function take.rpm(key)
  redis.call('ZADD', key, whole(now), id)
  redis.call('PEXPIRE', key, minute + 1)
end
function take.tpm(key, limit, used)
  redis.call('HSET', key, 'used', used + tokens, 'at', whole(now))
  redis.call('PEXPIRE', key, whole((used + tokens) * minute / limit + minute))
end
function take.concurrency(key)
  redis.call('ZADD', key, whole(now + lease), id)
  if redis.call('PTTL', key) < lease then redis.call('PEXPIRE', key, whole(lease)) end
end

local answer, before, fits = {}, {}, true
for i, key in ipairs(KEYS) do
  local used, wait, reset = standing[ARGV[2 + 2 * i]](key, tonumber(ARGV[3 + 2 * i]))
  before[i] = used
  fits = fits and wait == 0
  answer[3 * i - 2], answer[3 * i - 1], answer[3 * i] = math.ceil(used), math.ceil(wait), math.ceil(reset)
end
if fits then
  for i, key in ipairs(KEYS) do take[ARGV[2 + 2 * i]](key, tonumber(ARGV[3 + 2 * i]), before[i]) end
end
return answer
`)

// KEYS: a limit each. ARGV for each: the id to remove; or '' and, for a bucket, its limit and the tokens to add.
export const giveBackScript = script(`
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
for i, key in ipairs(KEYS) do
  local id, limit, tokens = ARGV[3 * i - 2], tonumber(ARGV[3 * i - 1]), tonumber(ARGV[3 * i])
  if id ~= '' then
    redis.call('ZREM', key, id)
  else
    local bucket = redis.call('HMGET', key, 'used', 'at')
    local used = math.max(0, (bucket[1] or 0) - (now - (bucket[2] or now)) * limit / ${minuteMs})
    used = math.max(0, used + tokens)
    redis.call('HSET', key, 'used', used, 'at', string.format('%.0f', now))
    redis.call('PEXPIRE', key, string.format('%.0f', used * ${minuteMs} / math.max(1, limit) + ${minuteMs}))
  end
end
return {}
`)

function script(lua: string): Script {
  return { lua, sha: createHash('sha1').update(lua).digest('hex') }
}

export function takeCall(counted: Counted[], id: string, tokens: number, leaseMs: number): ScriptCall {
  const keys: string[] = []
  const args: (string | number)[] = [id, tokens, leaseMs]
  for (const { rule, counter } of counted) {
    for (const kind of limitKinds) {
      const limit = rule.limits[kind]
      if (limit === null) continue
      keys.push(keyOf(kind, counter.name))
      args.push(kind, limit)
    }
  }
  return { keys, args }
}

/** What the take script answered, in the order of `takeCall`. */
export function standingsOf(counted: Counted[], answer: number[]): CounterStanding[] {
  const standings: CounterStanding[] = []
  let index = 0
  for (const { rule, counter } of counted) {
    for (const kind of limitKinds) {
      const limit = rule.limits[kind]
      if (limit === null) continue
      const [used = 0, waitMs = 0, resetMs = 0] = answer.slice(index, index + 3)
      standings.push({ rule, counter, kind, allowed: limit, used, waitMs, resetMs })
      index += 3
    }
  }
  return standings
}

/** Takes the call's own entries out of the limits of these kinds. */
export function removeCall(counted: Counted[], id: string, kinds: ('rpm' | 'concurrency')[]): ScriptCall {
  const call: ScriptCall = { keys: [], args: [] }
  for (const { rule, counter } of counted) {
    for (const kind of kinds) {
      if (rule.limits[kind] === null) continue
      call.keys.push(keyOf(kind, counter.name))
      call.args.push(id, 0, 0)
    }
  }
  return call
}

/** Puts `tokens` more, or less, into the buckets. */
export function addTokensCall(counted: Counted[], tokens: number): ScriptCall {
  const call: ScriptCall = { keys: [], args: [] }
  if (tokens === 0) return call
  for (const { rule, counter } of counted) {
    if (rule.limits.tpm === null) continue
    call.keys.push(keyOf('tpm', counter.name))
    call.args.push('', rule.limits.tpm, tokens)
  }
  return call
}

/** Touches the key's slot and does nothing: whether scripts run and may write where the limits are. */
export const probeCall: ScriptCall = { keys: [`${hashTag}:probe`], args: ['nobody', 0, 0] }

export function join(calls: ScriptCall[]): ScriptCall {
  return { keys: calls.flatMap(({ keys }) => keys), args: calls.flatMap(({ args }) => args) }
}

function keyOf(kind: LimitKind, name: string): string {
  return `${hashTag}:${kind}:${name}`
}
