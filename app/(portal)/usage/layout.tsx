import { ClientMessages } from '@/components/client-messages'

export default function UsageLayout({ children }: LayoutProps<'/usage'>) {
  return (
    <ClientMessages namespaces={['adminError', 'download', 'ui', 'usageControls', 'usageWords']}>
      {children}
    </ClientMessages>
  )
}
