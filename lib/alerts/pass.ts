/** One look of one rule at its subjects: pure. What is evaluated now and what is replayed from the past go through it alike. */
import type { Observation } from './observers/observation'
import { type Circumstances, type Life, type Step, step } from './state'

export type SubjectStep = Omit<Step, 'next'> & {
  /** The subject's key. */
  key: string
  observation: Observation | null
  next: Life
}

/**
 * What changes. `lives`: by subject, what `step` goes on from. `isHeld`: what the rule itself has stopped says nothing about
 * whether the trouble is over.
 */
export function lookAt(
  lives: Map<string, Life>,
  seen: Observation[],
  circumstances: Circumstances,
  isHeld: (key: string) => boolean = () => false,
): SubjectStep[] {
  const observations = new Map(seen.map((observation) => [observation.key, observation]))
  return [...new Set([...lives.keys(), ...observations.keys()])].flatMap((key) => {
    const observation = observations.get(key) ?? null
    if (!observation && isHeld(key)) return []
    const { next, ...change } = step(lives.get(key) ?? null, observation, circumstances)
    return next ? [{ key, observation, next, ...change }] : []
  })
}

/** The keys of the subjects whose alerts are open. */
export function openOf(lives: Map<string, Life>): Set<string> {
  return new Set([...lives].flatMap(([key, { state }]) => (state === 'resolved' ? [] : [key])))
}
