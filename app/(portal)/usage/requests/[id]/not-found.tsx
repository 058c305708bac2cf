import { SearchX } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { PageHeader } from '@/components/page-header'
import { ButtonLink } from '@/components/ui/button'
import { EmptyState } from '@/components/ui/empty-state'
import { FindRequest } from '../find-request'

/** Gone, never there, or somebody else's: told alike. */
export default function UnknownRequest() {
  const t = useTranslations('request')
  return (
    <div className="grid gap-5">
      <PageHeader title={t('title')} actions={<FindRequest value="" />} />
      <EmptyState
        icon={SearchX}
        title={t('unknownTitle')}
        text={t('unknownText')}
        action={
          <ButtonLink look="secondary" href="/usage/requests">
            {t('all')}
          </ButtonLink>
        }
      />
    </div>
  )
}
