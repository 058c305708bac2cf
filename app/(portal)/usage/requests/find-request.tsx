import { Search } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { Button } from '@/components/ui/button'
import { Input } from '@/components/ui/input'

/** A plain form, so that it works before any script has loaded. */
export function FindRequest({ value }: { value: string }) {
  const t = useTranslations('requests')
  return (
    <search>
      <form action="/usage/requests" className="flex items-center gap-2">
        <span className="w-64 min-w-0">
          <Input
            name="request_id"
            required
            maxLength={200}
            defaultValue={value}
            aria-label={t('findLabel')}
            placeholder={t('findHint')}
            spellCheck={false}
            autoComplete="off"
          />
        </span>
        <Button type="submit" look="secondary">
          <Search aria-hidden="true" />
          {t('find')}
        </Button>
      </form>
    </search>
  )
}
