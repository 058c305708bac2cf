/** One page of a list that is ordered by id: the rows after `after`. */
export type Page = { limit: number; after: string | undefined }
