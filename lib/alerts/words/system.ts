import type { Of, Speech, Words } from './speech'

export function systemWords(
  facts: Of<'ledger_drift' | 'store_degraded' | 'job_failing'>,
  speech: Speech,
): Words {
  const { zh, name, time } = speech
  if (facts.kind === 'ledger_drift') return driftWords(facts, speech)
  if (facts.kind === 'store_degraded') {
    const redis = facts.store === 'redis'
    const since = facts.since ? (zh ? `自 ${time(facts.since)} 起，` : `Since ${time(facts.since)}, `) : ''
    const effect = redis
      ? zh
        ? '每个网关进程只执行各自份额的限流。'
        : 'each gateway enforces its share of every limit.'
      : zh
        ? `账本落后 ${facts.lag_seconds ?? 0} 秒，调用暂存在日志里。`
        : `the ledger is ${facts.lag_seconds ?? 0} s behind; calls wait in the journal.`
    return {
      title: zh
        ? `${name} ${redis ? '不可用' : '响应滞后'}`
        : `${name} ${redis ? 'cannot be reached' : 'lags behind'}`,
      text: `${since}${effect}${facts.error ? ` ${facts.error.slice(0, 200)}` : ''}`,
      action: {
        text: zh ? `检查 ${name} 和网络` : `Look after ${name} and the network to it`,
        href: '/settings/jobs',
      },
    }
  }
  return {
    title: zh
      ? `定时任务 ${name} 连续失败 ${facts.failures} 次`
      : `Job ${name}: ${facts.failures} runs in a row have failed`,
    text: zh
      ? `自 ${time(facts.since)} 起。${facts.error.slice(0, 300)}`
      : `Since ${time(facts.since)}. ${facts.error.slice(0, 300)}`,
    action: {
      text: zh ? '查看任务记录和网关日志' : 'See its runs and the gateway’s log',
      href: '/settings/jobs',
    },
  }
}

function driftWords(facts: Of<'ledger_drift'>, { zh, usd, time }: Speech): Words {
  const span = zh
    ? `${time(facts.window_start)} 至 ${time(facts.window_end)}`
    : `between ${time(facts.window_start)} and ${time(facts.window_end)}`
  if (facts.what === 'lost') {
    return {
      title: zh
        ? `有 ${usd(facts.difference_usd)} 预算被已消失的进程占用`
        : `${usd(facts.difference_usd)} of budgets is held by a process that is gone`,
      text: zh
        ? `${span}，涉及 ${facts.windows} 个预算周期。`
        : `In ${facts.windows} budget windows ${span}.`,
      action: {
        text: zh
          ? '确认该进程的日志已无法找回后，释放这笔预算'
          : 'Release it once its journal cannot be found any more',
        href: '/overview',
      },
    }
  }
  const en = {
    rollups: 'rollups and calls',
    summaries: 'summaries and rollups',
    budget: 'budgets and calls',
  }[facts.what]
  const chinese = { rollups: '汇总与明细', summaries: '日汇总与汇总', budget: '预算与明细' }[facts.what]
  return {
    title: zh ? `账目不一致：${chinese}` : `The ledger does not add up: ${en}`,
    text: zh
      ? `${span}，${facts.windows} 个时段，相差 ${usd(facts.difference_usd)}。`
      : `${usd(facts.difference_usd)} in ${facts.windows} windows ${span}.`,
    action: {
      text: zh
        ? '运行 npm run akcp -- ledger verify，并核对这一时段的请求'
        : 'Run npm run akcp -- ledger verify and look at the requests of that time',
      href: `/usage/requests?from=${encodeURIComponent(facts.window_start)}&to=${encodeURIComponent(facts.window_end)}`,
    },
  }
}
