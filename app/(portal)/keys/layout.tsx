import { ClientMessages } from '@/components/client-messages'

export default function KeysLayout({ children }: LayoutProps<'/keys'>) {
  return (
    <ClientMessages
      namespaces={[
        'adminError',
        'errorClasses',
        'formParts',
        'keyChecks',
        'keyForm',
        'keyPage',
        'keyStates',
        'keyTest',
        'keys',
        'limits',
        'presetNotes',
        'ui',
      ]}
    >
      {children}
    </ClientMessages>
  )
}
