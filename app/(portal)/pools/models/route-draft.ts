/** What the form of a model route holds, and what is sent for it. Pure. */

export type RouteView = {
  id: string
  name: string
  targets: { pool: string; model: string; first_byte_timeout_ms: number | null }[]
  downgradeTo: string | null
}
/** `key` tells rows apart while they are moved; `timeoutText` is in seconds. */
export type TargetDraft = { key: number; pool: string; model: string; timeoutText: string }
export type RouteDraft = { name: string; targets: TargetDraft[]; downgradeTo: string }

export function draftOfRoute(route: RouteView | undefined, firstPool: string): RouteDraft {
  const first = { key: 0, pool: firstPool, model: '', timeoutText: '' }
  if (!route) return { name: '', targets: [first], downgradeTo: '' }
  return {
    name: route.name,
    downgradeTo: route.downgradeTo ?? '',
    targets: route.targets.map(({ pool, model, first_byte_timeout_ms }, key) => ({
      key,
      pool,
      model,
      timeoutText: first_byte_timeout_ms === null ? '' : String(first_byte_timeout_ms / 1000),
    })),
  }
}

/** `POST /models` and `PATCH /models/{id}`; a model left empty is the route's own name. */
export function routeBody({ name, targets, downgradeTo }: RouteDraft) {
  return {
    name: name.trim(),
    downgrade_to: downgradeTo.trim() || null,
    targets: targets.map(({ pool, model, timeoutText }) => ({
      pool,
      model: model.trim() || name.trim(),
      first_byte_timeout_ms: timeoutText.trim() === '' ? null : Math.round(Number(timeoutText) * 1000),
    })),
  }
}
