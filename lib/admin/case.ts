type Camel<Name extends string> = Name extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<Camel<Tail>>}`
  : Name

export type CamelKeys<Fields> = { [Name in keyof Fields as Camel<Name & string>]: Fields[Name] }

/** A body's `snake_case` fields as a row's `camelCase` ones. */
export function camelKeys<Fields extends object>(fields: Fields): CamelKeys<Fields> {
  const camel = (name: string) => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [camel(name), value]),
  ) as CamelKeys<Fields>
}
