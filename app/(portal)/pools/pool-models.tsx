'use client'

import { useTranslations } from 'next-intl'
import { OrderButtons } from '@/components/order-buttons'
import { FieldFrame } from '@/components/ui/field'
import { TokenInput } from '@/components/ui/token-input'
import { moved } from './pool-draft'
import type { PoolFieldsProps } from './pool-form'

export function PoolModels({ draft, change, errorOf }: PoolFieldsProps) {
  const t = useTranslations('pools')
  return (
    <>
      <FieldFrame label={t('allowedModels')} hint={t('allowedModelsHint')} error={errorOf('allowed_models')}>
        {(control) => (
          <TokenInput
            {...control}
            values={draft.allowedModels}
            onChange={(allowedModels) => change({ allowedModels })}
            placeholder={t('everyModel')}
          />
        )}
      </FieldFrame>
      <ModelPriority
        models={draft.modelPriority}
        onChange={(modelPriority) => change({ modelPriority })}
        error={errorOf('model_priority')}
      />
      <FieldFrame label={t('tenantScope')} hint={t('tenantScopeHint')} error={errorOf('tenant_scope')}>
        {(control) => (
          <TokenInput
            {...control}
            values={draft.tenantScope}
            onChange={(tenantScope) => change({ tenantScope })}
            placeholder={t('everyTenant')}
          />
        )}
      </FieldFrame>
    </>
  )
}

/** From dear to cheap: what is typed is added at the end, and can be moved. */
function ModelPriority({
  models,
  onChange,
  error,
}: {
  models: string[]
  onChange: (models: string[]) => void
  error: string | undefined
}) {
  const t = useTranslations('pools')
  return (
    <div className="grid gap-2">
      <FieldFrame label={t('modelPriority')} hint={t('modelPriorityHint')} error={error}>
        {(control) => (
          <TokenInput
            {...control}
            values={[]}
            onChange={(added) => onChange([...new Set([...models, ...added])])}
            placeholder={t('addModel')}
          />
        )}
      </FieldFrame>
      {models.length > 0 && (
        <ol className="grid gap-1">
          {models.map((model, index) => (
            <li key={model} className="flex items-center gap-2 rounded-md border px-3 py-1 text-sm">
              <span aria-hidden="true" className="text-muted-foreground tabular-nums">
                {index + 1}
              </span>
              <span className="min-w-0 flex-1 truncate font-mono text-[0.8125rem]">{model}</span>
              <OrderButtons
                name={model}
                index={index}
                count={models.length}
                onMove={(by) => onChange(moved(models, index, by))}
                onRemove={() => onChange(models.filter((other) => other !== model))}
              />
            </li>
          ))}
        </ol>
      )}
    </div>
  )
}
