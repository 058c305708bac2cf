'use client'

import { ChevronDown, CircleUser, LogOut } from 'lucide-react'
import { useLocale, useTranslations } from 'next-intl'
import { languageNames, languages } from '@/lib/i18n/languages'
import { type Theme, themes } from '@/lib/theme'
import { signOut } from '../session'
import { Button } from '../ui/button'
import { Menu, MenuChoice, MenuItem, MenuLabel, MenuSeparator } from '../ui/menu'
import { useToast } from '../ui/toast'
import type { ShellMember } from './shell'

/** Who is signed in, the language, the appearance and the way out. */
export function MemberMenu({ member, theme }: { member: ShellMember; theme: Theme }) {
  const t = useTranslations('shell')
  const language = useLocale()
  const toast = useToast()
  const roleNames = {
    owner: t('roleOwner'),
    operator: t('roleOperator'),
    developer: t('roleDeveloper'),
    finance: t('roleFinance'),
    viewer: t('roleViewer'),
  }
  const themeNames = { system: t('themeSystem'), light: t('themeLight'), dark: t('themeDark') }

  async function leave() {
    if (!(await signOut())) toast({ tone: 'bad', title: t('signOutFailed'), text: t('signOutFailedNext') })
  }

  const name = member.name || member.email
  const trigger = (
    <Button look="ghost" aria-label={t('account', { name })}>
      <CircleUser aria-hidden="true" />
      <span className="hidden max-w-40 truncate sm:inline">{name}</span>
      <ChevronDown aria-hidden="true" />
    </Button>
  )
  return (
    <Menu trigger={trigger}>
      <MenuLabel>
        {member.email} · {roleNames[member.role]}
      </MenuLabel>
      <MenuSeparator />
      <MenuLabel>{t('language')}</MenuLabel>
      {languages.map((one) => (
        <MenuChoice key={one} href={`/preferences?language=${one}`} lang={one} chosen={one === language}>
          {languageNames[one]}
        </MenuChoice>
      ))}
      <MenuSeparator />
      <MenuLabel>{t('theme')}</MenuLabel>
      {themes.map((one) => (
        <MenuChoice key={one} href={`/preferences?theme=${one}`} chosen={one === theme}>
          {themeNames[one]}
        </MenuChoice>
      ))}
      <MenuSeparator />
      <MenuItem icon={LogOut} onSelect={leave}>
        {t('signOut')}
      </MenuItem>
    </Menu>
  )
}
