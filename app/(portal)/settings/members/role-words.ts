import { useTranslations } from 'next-intl'
import type { Role } from '@/lib/auth/can'

/** What the roles are called and what they are for. */
export function useRoleWords(): Record<Role, { name: string; text: string }> {
  const t = useTranslations('roles')
  return {
    owner: { name: t('owner'), text: t('ownerText') },
    operator: { name: t('operator'), text: t('operatorText') },
    developer: { name: t('developer'), text: t('developerText') },
    finance: { name: t('finance'), text: t('financeText') },
    viewer: { name: t('viewer'), text: t('viewerText') },
  }
}
