import { z } from 'zod'
import { listOf, milliseconds, modelName, modelPattern, patchOf, reference, strict, timeOut } from './fields'

const target = strict({
  pool: reference.meta({ description: 'Id or slug' }),
  model: modelPattern.meta({
    description: 'May end in * when the name does: takes over the rest of the name',
  }),
  first_byte_timeout_ms: milliseconds.nullable().default(null),
})

const shape = {
  name: modelPattern.meta({ description: 'The public model name; may end in *' }),
  targets: z.array(target).min(1).max(20).meta({ description: 'Tried in this order' }),
  downgrade_to: modelName
    .nullable()
    .default(null)
    .meta({ description: 'The public model that serves instead when a budget says downgrade' }),
}

export const modelRouteInput = strict(shape)
export const modelRoutePatch = patchOf(shape)
export type TargetInput = z.output<typeof target>

export const modelRoute = z
  .object({
    id: z.uuid(),
    name: z.string(),
    targets: z.array(
      z.object({ pool: z.string(), model: z.string(), first_byte_timeout_ms: z.int().nullable() }),
    ),
    downgrade_to: z.string().nullable(),
    created_at: timeOut,
  })
  .meta({ id: 'ModelRoute' })
export const modelRouteList = listOf(modelRoute)
