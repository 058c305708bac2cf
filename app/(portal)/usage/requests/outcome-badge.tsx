import { Badge, type Tone } from '@/components/ui/badge'
import type { Outcome } from '../view'
import { useOutcomeWords } from '../words'

const tones: Record<Outcome, Tone> = {
  ok: 'good',
  error: 'bad',
  refused: 'warn',
  client_closed: 'neutral',
  interrupted: 'bad',
}

export function OutcomeBadge({ outcome }: { outcome: Outcome }) {
  return <Badge tone={tones[outcome]}>{useOutcomeWords()[outcome]}</Badge>
}
