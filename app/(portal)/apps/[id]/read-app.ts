import { publicAddress } from '@/app/public-address'
import { budgetAnswers } from '@/lib/admin/budget-fields'
import { can, ownerScope } from '@/lib/auth/can'
import type { Member } from '@/lib/auth/session'
import { readAppKeyUse } from '@/lib/data/app-activity'
import { listAppKeys } from '@/lib/data/app-keys'
import type { App } from '@/lib/data/apps'
import { budgetsOf } from '@/lib/data/budget-list'
import { listCalledModels } from '@/lib/data/called-models'
import { poolSlugs } from '@/lib/data/pools'
import { portalDatabase } from '@/lib/data/portal-database'
import { limitsAnswer } from '@/lib/schemas/limits'
import { readBudgets } from '../../read-budgets'
import { readReport } from '../../usage/report'
import type { UsageView } from '../../usage/view'
import { readChoices } from '../app-choices'
import type { EditedApp } from '../app-draft'
import { budgetsOfApp } from './app-budgets'
import { appKeyRows } from './app-key-list'
import { exampleModel } from './example-model'

/** Far more keys than an app has. */
const all = { limit: 500, after: undefined }

/** Everything that the page of an app shows, as far as the member may see it. */
export async function readAppPage(app: App, view: UsageView, member: Member) {
  const database = portalDatabase()
  const { db } = database
  const [keys, use, report, slugs, choices, called, address, budgets, own] = await Promise.all([
    listAppKeys(db, app.id, all),
    readAppKeyUse(database, app.id),
    readReport(database, view, ownerScope(member, 'usage')),
    poolSlugs(db, app.pools),
    readChoices(db),
    listCalledModels(database),
    publicAddress(),
    can(member, 'read', 'budget') ? readBudgets({ ownerEmail: ownerScope(member, 'budget') }) : [],
    budgetsOf(db, 'app', [app.id]),
  ])
  const keyIds = keys.map((key) => key.id)
  const ofKeys = await budgetsOf(db, 'app_key', keyIds)
  const keyBudgets = new Map([...ofKeys].map(([id, rows]) => [id, budgetAnswers(rows)]))
  const models = [...choices.models, ...called.map(({ model }) => model)]
  return {
    choices,
    report,
    edited: { ...editedApp(app, slugs), budgets: budgetAnswers(own.get(app.id)) },
    target: { id: app.id, name: app.name, address, exampleModel: exampleModel(app.allowedModels, models) },
    keys: appKeyRows(keys, use, keyBudgets, new Date()),
    budgets: budgetsOfApp(budgets, app, keyIds),
  }
}

function editedApp(app: App, slugs: Map<string, string>): Omit<EditedApp, 'budgets'> {
  const { id, name, tenant, project, environment, ownerEmail, allowedModels, language } = app
  const { tenantScope, projectScope, featureScope, allowEnvironments, allowedIps, defaultMaxOutputTokens } =
    app
  return {
    ...{ id, name, tenant, project, environment, ownerEmail, allowedModels, language },
    ...{ tenantScope, projectScope, featureScope, allowEnvironments, allowedIps, defaultMaxOutputTokens },
    pools: app.pools.map((pool) => slugs.get(pool) ?? pool),
    limits: limitsAnswer(app.limits),
  }
}
