import alerts from './en/alerts.json'
import apps from './en/apps.json'
import demo from './en/demo.json'
import identity from './en/identity.json'
import jobs from './en/jobs.json'
import keys from './en/keys.json'
import limits from './en/limits.json'
import overview from './en/overview.json'
import pools from './en/pools.json'
import shell from './en/shell.json'
import start from './en/start.json'
import usage from './en/usage.json'

/** One file a part of the portal; their top-level names are the namespaces. */
export const en = {
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
