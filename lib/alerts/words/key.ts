import type { Of, Speech, Words } from './speech'

export function keyWords(
  facts: Of<'key_down' | 'pool_degraded' | 'pool_out' | 'key_unused' | 'key_expiring'>,
  speech: Speech,
): Words {
  const { zh, name, time, subject } = speech
  const href = `/keys/${subject.id}`
  if (facts.kind === 'key_down') return keyDownWords(facts, speech, href)
  if (facts.kind === 'pool_degraded' || facts.kind === 'pool_out') {
    const list = facts.out
      .map((key) => (key.reason ? `${key.name} (${key.reason})` : key.name))
      .join(zh ? '、' : ', ')
    const up = facts.total - facts.out.length
    const out = facts.kind === 'pool_out'
    return {
      title: out
        ? zh
          ? `密钥池 ${name} 已无可用密钥`
          : `Pool ${name}: no key is left`
        : zh
          ? `密钥池 ${name} 只剩 ${up}/${facts.total} 个可用密钥`
          : `Pool ${name}: ${up} of ${facts.total} keys are left`,
      text: zh ? `不可用：${list}。` : `Out: ${list}.`,
      action: {
        text: out
          ? zh
            ? '立即切换到其他密钥池，再修复这些密钥'
            : 'Switch the pool to another one now, then mend its keys'
          : zh
            ? '修复或补充密钥'
            : 'Mend its keys or add others',
        href: `/pools?q=${encodeURIComponent(subject.name)}`,
      },
    }
  }
  if (facts.kind === 'key_unused') {
    return {
      title: zh ? `密钥 ${name} 已 ${facts.days} 天未使用` : `Key ${name}: unused for ${facts.days} days`,
      text: facts.last_used_at
        ? zh
          ? `最后一次调用：${time(facts.last_used_at)}。`
          : `Last call: ${time(facts.last_used_at)}.`
        : zh
          ? '从未有过调用。'
          : 'It has never been called.',
      action: {
        text: zh
          ? '不再需要就停用并在服务商处吊销'
          : 'Disable it and revoke it at the provider if nobody needs it',
        href,
      },
    }
  }
  const expired = facts.days_left === 0
  return {
    title: expired
      ? zh
        ? `密钥 ${name} 已到期`
        : `Key ${name}: has expired`
      : zh
        ? `密钥 ${name} 将在 ${facts.days_left} 天后到期`
        : `Key ${name}: expires in ${facts.days_left} ${facts.days_left === 1 ? 'day' : 'days'}`,
    text: zh ? `到期时间：${time(facts.expires_at)}。` : `Expires at ${time(facts.expires_at)}.`,
    action: {
      text: zh ? '在服务商处新建密钥，然后轮换' : 'Make a new secret at the provider and rotate the key',
      href,
    },
  }
}

function keyDownWords(facts: Of<'key_down'>, { zh, name, time }: Speech, href: string): Words {
  const status = facts.status ? ` (${facts.status})` : ''
  const said = facts.message
    ? zh
      ? `服务商返回：${facts.message}`
      : `The provider said: ${facts.message}`
    : ''
  const next = facts.next_try_at
    ? zh
      ? `下次尝试：${time(facts.next_try_at)}。`
      : `Next try: ${time(facts.next_try_at)}.`
    : ''
  const why = zh
    ? {
        auth: '密钥被拒绝',
        quota: '余额或配额用尽',
        provider: '服务商出错',
        network: '无法连接',
        timeout: '超时',
      }
    : {
        auth: 'the secret is refused',
        quota: 'out of credit or quota',
        provider: 'the provider fails',
        network: 'no connection',
        timeout: 'time-outs',
      }
  const reason =
    facts.state === 'no_secret'
      ? zh
        ? '没有可用的密钥内容'
        : 'it has no secret'
      : (why[facts.reason as keyof typeof why] ?? facts.reason ?? '')
  const advice = {
    auth: zh
      ? '在服务商处核对密钥，然后轮换；换好即自动恢复'
      : 'Check the secret at the provider and rotate it here; it comes back by itself',
    quota: zh ? '给该账户充值，或启用备用密钥' : 'Top up the account, or put a standby key to use',
  }[facts.state === 'no_secret' ? 'auth' : (facts.reason ?? '')]
  return {
    title: zh
      ? `密钥 ${name}（${facts.provider}）不可用：${reason}${status}`
      : `Key ${name} (${facts.provider}) is out: ${reason}${status}`,
    text: [
      facts.since ? (zh ? `自 ${time(facts.since)} 起。` : `Since ${time(facts.since)}.`) : '',
      said,
      next,
    ]
      .filter(Boolean)
      .join(' '),
    action: {
      text:
        advice ??
        (zh ? '查看该密钥的错误；流量已切到其他密钥' : 'See what went wrong; other keys have taken over'),
      href,
    },
  }
}
