/** What the form of a model route holds, and what is sent for it. Pure. */

export type RouteView = {
  id: string
  name: string
  targets: { pool: string; model: string; first_byte_timeout_ms: number | null }[]
}
/** `key` tells rows apart while they are moved; `timeoutText` is in seconds. */
export type TargetDraft = { key: number; pool: string; model: string; timeoutText: string }
export type RouteDraft = { name: string; targets: TargetDraft[] }

export function draftOfRoute(route: RouteView | undefined, firstPool: string): RouteDraft {
  if (!route) return { name: '', targets: [{ key: 0, pool: firstPool, model: '', timeoutText: '' }] }
  return {
    name: route.name,
    targets: route.targets.map(({ pool, model, first_byte_timeout_ms }, key) => ({
      key,
      pool,
      model,
      timeoutText: first_byte_timeout_ms === null ? '' : String(first_byte_timeout_ms / 1000),
    })),
  }
}

/** `POST /models` and `PATCH /models/{id}`; a model left empty is the route's own name. */
export function routeBody({ name, targets }: RouteDraft) {
  return {
    name: name.trim(),
    targets: targets.map(({ pool, model, timeoutText }) => ({
      pool,
      model: model.trim() || name.trim(),
      first_byte_timeout_ms: timeoutText.trim() === '' ? null : Math.round(Number(timeoutText) * 1000),
    })),
  }
}
