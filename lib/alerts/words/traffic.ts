import { filterOf, type Of, type Speech, scopeName, type Words } from './speech'

export function trafficWords(
  facts: Of<'balance_low' | 'error_rate' | 'rate_limited' | 'latency' | 'ttft'>,
  speech: Speech,
): Words {
  const { zh, name, usd, time, percent, subject } = speech
  const whose = scopeName(subject, zh)
  if (facts.kind === 'balance_low') {
    const amount = `${facts.amount} ${facts.currency}`
    return {
      title: zh ? `密钥 ${name} 余额不足：${amount}` : `Key ${name}: the balance is down to ${amount}`,
      text: zh
        ? `约合 ${usd(facts.usd)}，阈值 ${usd(facts.threshold_usd)}，读取于 ${time(facts.read_at)}。`
        : `About ${usd(facts.usd)}, below ${usd(facts.threshold_usd)}; read at ${time(facts.read_at)}.`,
      action: {
        text: zh ? '给该账户充值，或启用备用密钥' : 'Top up the account, or put a standby key to use',
        href: `/keys/${subject.id}`,
      },
    }
  }
  const minutes = zh ? `最近 ${facts.window_minutes} 分钟` : `in the last ${facts.window_minutes} minutes`
  if (facts.kind === 'error_rate') {
    const classes = Object.entries(facts.classes)
      .sort(([, a], [, b]) => b - a)
      .map(([kind, count]) => `${kind} ${count}`)
      .join(zh ? '、' : ', ')
    return {
      title: zh
        ? `${whose}错误率 ${percent(facts.share)}`
        : `${whose}: ${percent(facts.share)} of the calls fail`,
      text: zh
        ? `${minutes} ${facts.calls} 次调用，失败 ${facts.failed} 次（${classes}）。`
        : `${facts.failed} of ${facts.calls} ${minutes} (${classes}).`,
      action: {
        text: zh
          ? '查看失败的调用；密钥有问题时停用它'
          : 'See the failed calls; disable the key if it is to blame',
        href:
          subject.scope === 'key'
            ? `/keys/${subject.id}`
            : `/usage/requests?${filterOf(subject)}outcome=error`,
      },
    }
  }
  if (facts.kind === 'rate_limited') {
    return {
      title: zh ? `密钥 ${name} 的 429 激增` : `Key ${name}: a surge of 429s`,
      text: zh
        ? `${minutes} ${facts.count} 次，平时约 ${facts.usual.toFixed(1)} 次。`
        : `${facts.count} ${minutes}; usually ${facts.usual.toFixed(1)}.`,
      action: {
        text: zh
          ? '给密钥设置低于服务商额度的 RPM/TPM，或加入更多密钥'
          : 'Give the key an RPM/TPM below the provider’s, or add keys to its pools',
        href: `/keys/${subject.id}`,
      },
    }
  }
  const what = zh
    ? { latency: '耗时', ttft: '首字时间' }[facts.kind]
    : { latency: 'latency', ttft: 'time to first token' }[facts.kind]
  const times = (facts.p95_ms / facts.usual_ms).toFixed(1)
  return {
    title: zh
      ? `${whose}变慢：${what} p95 为平时的 ${times} 倍`
      : `${whose}: p95 ${what} is ${times} times the usual`,
    text: zh
      ? `${minutes} ${facts.calls} 次调用，p95 ${seconds(facts.p95_ms)}，前一天 ${seconds(facts.usual_ms)}。`
      : `${seconds(facts.p95_ms)} over ${facts.calls} calls ${minutes}; ${seconds(facts.usual_ms)} the day before.`,
    action: {
      text: zh
        ? '查看是哪个密钥变慢；改用最低延迟策略或切换密钥池'
        : 'See which key is slow; route by least latency or switch the pool',
      href: `/usage?${filterOf(subject)}by=key`,
    },
  }
}

function seconds(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`
}
