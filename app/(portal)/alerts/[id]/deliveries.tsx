import { useFormatter, useTranslations } from 'next-intl'
import { z } from 'zod'
import { Badge, type Tone } from '@/components/ui/badge'
import { Card } from '@/components/ui/card'
import { Cell, HeadCell, Row, Table } from '@/components/ui/table'
import type { DeliveryRow } from '@/lib/data/channels'
import { useDeliveryWords } from '../delivery-words'

type Delivery = DeliveryRow & { channel: string }

const tones: Record<Delivery['state'], Tone> = {
  waiting: 'info',
  sending: 'info',
  sent: 'good',
  failed: 'bad',
  unknown: 'warn',
}
const receiptOf = z.object({
  status: z.number().nullish(),
  code: z.number().nullish(),
  text: z.string().nullish(),
})

/** Who was told what, and what the receivers answered. */
export function Deliveries({ deliveries }: { deliveries: Delivery[] }) {
  const t = useTranslations('deliveries')
  return (
    <Card title={t('title')} description={t('text')} flush>
      {deliveries.length === 0 ? (
        <p className="px-4 py-6 text-sm text-muted-foreground sm:px-5">{t('none')}</p>
      ) : (
        <Table label={t('title')}>
          <thead>
            <tr>
              <HeadCell>{t('channel')}</HeadCell>
              <HeadCell>{t('about')}</HeadCell>
              <HeadCell>{t('state')}</HeadCell>
              <HeadCell>{t('receipt')}</HeadCell>
            </tr>
          </thead>
          <tbody>
            {deliveries.map((delivery) => (
              <DeliveryLine key={delivery.id} delivery={delivery} />
            ))}
          </tbody>
        </Table>
      )}
    </Card>
  )
}

function DeliveryLine({
  delivery: { channel, alertState, state, tries, sentAt, receipt },
}: {
  delivery: Delivery
}) {
  const t = useTranslations('deliveries')
  const format = useFormatter()
  const states = useDeliveryWords()
  const abouts: Record<string, string> = {
    firing: t('firing'),
    again: t('again'),
    flapping: t('flapping'),
    resolved: t('resolved'),
  }
  const { status, code, text } = receiptOf.safeParse(receipt).data ?? {}
  const answer = [status && `HTTP ${status}`, code != null && t('code', { code }), text].filter(Boolean)
  return (
    <Row>
      <Cell>
        <span className="font-medium">{channel}</span>
      </Cell>
      <Cell>{abouts[alertState ?? ''] ?? '—'}</Cell>
      <Cell>
        <Badge tone={tones[state]}>{states[state]}</Badge>
        {sentAt && (
          <span className="block text-xs whitespace-nowrap text-muted-foreground">
            {format.dateTime(sentAt, 'time')}
          </span>
        )}
        {tries > 1 && (
          <span className="block text-xs text-muted-foreground">{t('tries', { count: tries })}</span>
        )}
      </Cell>
      <Cell>
        <span className="block max-w-80 min-w-32 text-xs break-words text-muted-foreground">
          {answer.length > 0 ? answer.join(' · ') : '—'}
        </span>
      </Cell>
    </Row>
  )
}
