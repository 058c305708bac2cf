import { ClientMessages } from '@/components/client-messages'

export default function OverviewLayout({ children }: LayoutProps<'/overview'>) {
  return <ClientMessages namespaces={['adminError', 'limits', 'ui']}>{children}</ClientMessages>
}
