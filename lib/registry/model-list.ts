/** Model names, exact or ending in `*`. An empty list means different things to its users: see `allows` and `names`. */
export type ModelList = { exact: Set<string>; prefixes: string[]; empty: boolean }

export function modelList(names: string[]): ModelList {
  return {
    exact: new Set(names.filter((name) => !name.endsWith('*'))),
    prefixes: names.filter((name) => name.endsWith('*')).map((name) => name.slice(0, -1)),
    empty: names.length === 0,
  }
}

/** True when the list names the model. */
export function names(list: ModelList, model: string): boolean {
  return list.exact.has(model) || list.prefixes.some((prefix) => model.startsWith(prefix))
}

/** True when the list names the model or names none at all, which allows every model. */
export function allows(list: ModelList, model: string): boolean {
  return list.empty || names(list, model)
}
