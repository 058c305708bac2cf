import { ClientMessages } from '@/components/client-messages'

export default function PoolsLayout({ children }: LayoutProps<'/pools'>) {
  return (
    <ClientMessages
      namespaces={[
        'adminError',
        'archiveButton',
        'formParts',
        'limits',
        'modelRoutes',
        'orderButtons',
        'poolSwitch',
        'pools',
        'presetNotes',
        'prices',
        'providers',
        'strategies',
        'ui',
      ]}
    >
      {children}
    </ClientMessages>
  )
}
