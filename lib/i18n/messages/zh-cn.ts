import alerts from './zh-CN/alerts.json'
import apps from './zh-CN/apps.json'
import demo from './zh-CN/demo.json'
import identity from './zh-CN/identity.json'
import jobs from './zh-CN/jobs.json'
import keys from './zh-CN/keys.json'
import limits from './zh-CN/limits.json'
import overview from './zh-CN/overview.json'
import pools from './zh-CN/pools.json'
import shell from './zh-CN/shell.json'
import start from './zh-CN/start.json'
import usage from './zh-CN/usage.json'

/** One file a part of the portal; their top-level names are the namespaces. */
export const zhCN = {
  ...alerts,
  ...apps,
  ...demo,
  ...identity,
  ...jobs,
  ...keys,
  ...limits,
  ...overview,
  ...pools,
  ...shell,
  ...start,
  ...usage,
}
