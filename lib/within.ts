/** Rejects when `work` takes longer than `ms`: a database may hang instead of failing. */
export async function within<Result>(ms: number, work: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TooLate(ms)), ms)
  })
  return await Promise.race([work, late]).finally(() => clearTimeout(timer))
}

export class TooLate extends Error {
  override name = 'TooLate'

  constructor(ms: number) {
    super(`no answer within ${ms} ms`)
  }
}
