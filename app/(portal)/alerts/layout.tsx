import { ClientMessages } from '@/components/client-messages'

export default function AlertsLayout({ children }: LayoutProps<'/alerts'>) {
  return (
    <ClientMessages
      namespaces={[
        'adminError',
        'alertActions',
        'alertKinds',
        'alertRules',
        'alertSubjects',
        'channels',
        'formParts',
        'ruleActions',
        'rulePreview',
        'severities',
        'ui',
      ]}
    >
      {children}
    </ClientMessages>
  )
}
