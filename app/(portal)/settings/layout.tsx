import { ClientMessages } from '@/components/client-messages'

export default function SettingsLayout({ children }: LayoutProps<'/settings'>) {
  return (
    <ClientMessages
      namespaces={[
        'adminError',
        'exchangeRates',
        'formParts',
        'limits',
        'members',
        'organisation',
        'policies',
        'profile',
        'roles',
        'ui',
      ]}
    >
      {children}
    </ClientMessages>
  )
}
