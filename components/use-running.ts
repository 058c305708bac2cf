import { useSyncExternalStore } from 'react'

const never = () => () => {}

/** False until React runs the page: a submit before that would be the browser's own and take a password elsewhere. */
export function useRunning(): boolean {
  return useSyncExternalStore(
    never,
    () => true,
    () => false,
  )
}
