import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { BlockList, isIP } from 'node:net'
import { AkcpError, type ErrorCode } from '@/lib/errors'
import { type ModelList, modelList } from '@/lib/registry/model-list'
import type { App, AppKey, Snapshot } from '@/lib/registry/snapshot'
import { appKeyMatches, publicIdIn, publicIdOf } from '@/lib/secrets/app-key'
import { hint } from './hints'

/** `appKey` is null for the token of the environment. */
export type Caller = { app: App; appKey: AppKey | null; models: ModelList }

export type Credentials = { pepper: Buffer; internalToken: string | undefined }

const everyModel = modelList([])

/** The raw key of a call: `Authorization: Bearer …` or `X-API-Key`. */
export function presentedKey(headers: IncomingHttpHeaders): string | null {
  const bearer = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1]
  const header = headers['x-api-key']
  return bearer ?? (typeof header === 'string' && header ? header : null)
}

/**
 * Who calls. Nothing is told about a key (expired, revoked, …) before the secret itself has matched. Returns
 * `unknown` for a well-formed key that the snapshot does not have, so that the caller can refresh once and ask again.
 */
export function authenticate(
  snapshot: Snapshot,
  rawKey: string | null,
  credentials: Credentials,
  now: number,
): Caller | 'unknown' {
  if (!rawKey) throw invalidKey('No app key was sent.')
  if (credentials.internalToken && sameText(rawKey, credentials.internalToken))
    return internalCaller(snapshot)
  const known = snapshot.appKeys.get(publicIdIn(rawKey))
  if (known && hasProven(known, rawKey))
    return { app: checkAppKey(known, now), appKey: known, models: known.models }
  const publicId = publicIdOf(rawKey)
  if (!publicId) throw invalidKey('The app key is not one of ours or was not copied whole.')
  const appKey = snapshot.appKeys.get(publicId)
  if (!appKey) return 'unknown'
  if (!appKeyMatches(credentials.pepper, rawKey, appKey.digest)) throw invalidKey('The app key is not known.')
  proven.set(appKey, Buffer.from(rawKey))
  return { app: checkAppKey(appKey, now), appKey, models: appKey.models }
}

/** What has matched before: an HMAC is among the dearer steps of a call, and the raw key passes through here anyway. */
const proven = new WeakMap<AppKey, Buffer>()

function hasProven(appKey: AppKey, rawKey: string): boolean {
  const before = proven.get(appKey)
  if (before?.length !== rawKey.length) return false
  const given = Buffer.from(rawKey)
  return given.length === before.length && timingSafeEqual(before, given)
}

export function invalidKey(message: string): AkcpError {
  return new AkcpError('invalid_api_key', message, {
    hint: hint('sendAppKey'),
  })
}

function internalCaller(snapshot: Snapshot): Caller {
  if (!snapshot.internalApp) throw invalidKey('The app "internal" has been archived.')
  return { app: checkApp(snapshot.internalApp), appKey: null, models: everyModel }
}

function checkAppKey(appKey: AppKey, now: number): App {
  const refuse = (code: ErrorCode, message: string) =>
    new AkcpError(code, message, { hint: hint('askForAppKey') })
  if (appKey.status === 'revoked' || !appKey.app)
    throw refuse('api_key_revoked', 'This app key has been revoked.')
  if (appKey.expiresAt && appKey.expiresAt.getTime() <= now) {
    throw refuse('api_key_expired', `This app key expired at ${appKey.expiresAt.toISOString()}.`)
  }
  if (appKey.status === 'disabled') throw refuse('api_key_disabled', 'This app key is disabled.')
  return checkApp(appKey.app)
}

function checkApp(app: App): App {
  if (app.status === 'enabled') return app
  throw new AkcpError('app_disabled', `The app ${app.name} is disabled.`, {
    hint: hint('enableApp'),
  })
}

/** Throws `ip_not_allowed` when the app names addresses and this is none of them. */
export function checkAddress(app: App, address: string): void {
  if (app.allowedIps.length === 0 || addressesOf(app).check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4'))
    return
  throw new AkcpError('ip_not_allowed', `The app ${app.name} may not be used from ${address}.`, {
    hint: hint('allowAddress'),
  })
}

const addressLists = new WeakMap<App, BlockList>()

function addressesOf(app: App): BlockList {
  let list = addressLists.get(app)
  if (!list) {
    list = new BlockList()
    for (const entry of app.allowedIps) {
      const [network = '', prefix] = entry.split('/')
      const family = isIP(network) === 6 ? 'ipv6' : 'ipv4'
      if (prefix === undefined) list.addAddress(network, family)
      else list.addSubnet(network, Number(prefix), family)
    }
    addressLists.set(app, list)
  }
  return list
}

function sameText(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(a), digest(b))
}
