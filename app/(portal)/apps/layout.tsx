import { ClientMessages } from '@/components/client-messages'

export default function AppsLayout({ children }: LayoutProps<'/apps'>) {
  return (
    <ClientMessages
      namespaces={[
        'adminError',
        'appForm',
        'appKeyActions',
        'apps',
        'archiveApp',
        'codeBlock',
        'formParts',
        'issueKey',
        'limits',
        'rawKey',
        'rotateKey',
        'ui',
        'usageControls',
        'usageWords',
      ]}
    >
      {children}
    </ClientMessages>
  )
}
