import { type DnsReply, type DnsType, NetworkError } from '../../../../../network/contract.ts';
import type { Syscalls } from '../../process/syscalls.ts';
import { nameOf, parseOptions, usage } from '../kit.ts';

async function ask(
  sys: Syscalls,
  name: string,
  type: DnsType,
  server: string | undefined,
): Promise<DnsReply | undefined> {
  return sys.net.query(name, type, server).catch((error: unknown) => {
    if (error instanceof NetworkError) return undefined;
    throw error;
  });
}

/** busybox's: one question per search domain is the resolver's; this one asks the name as it is, then with the searches. */
export async function nslookup(sys: Syscalls): Promise<number> {
  const { flags, rest } = parseOptions(
    sys.args.slice(1).map((arg) => arg.replace(/^-(?:type|query|q)=/, '-t')),
    't:d',
  );
  const [name = '', server] = rest;
  if (name === '') return usage(sys, '', 'nslookup [-type=QUERY_TYPE] [-debug] HOST [DNS_SERVER]');
  const type = (flags.get('t') ?? '').toUpperCase();
  const reverse = /^\d+\.\d+\.\d+\.\d+$/.test(name);
  const types: readonly DnsType[] = reverse
    ? ['PTR']
    : ['A', 'AAAA', 'SRV', 'PTR', 'CNAME'].includes(type)
      ? [type as DnsType]
      : ['A', 'AAAA'];
  const { searches, ndots } = resolver(sys);
  const dots = name.split('.').length - 1;
  const candidates =
    reverse || name.endsWith('.')
      ? [name]
      : dots >= ndots
        ? [name]
        : [...searches.map((search) => `${name}.${search}`), name];
  let reply: DnsReply | undefined;
  let asked = name;
  const answers: DnsReply[] = [];
  for (const candidate of candidates) {
    const question = reverse ? `${name.split('.').reverse().join('.')}.in-addr.arpa` : candidate;
    reply = await ask(sys, question, types[0] ?? 'A', server);
    asked = candidate;
    if (reply === undefined) {
      await sys.out(';; connection timed out; no servers could be reached\n\n');
      return 1;
    }
    if (reply.rcode === 'NOERROR') {
      answers.push(reply);
      for (const other of types.slice(1)) {
        const more = await ask(sys, candidate, other, server);
        if (more !== undefined) answers.push(more);
      }
      break;
    }
  }
  if (reply === undefined) return 1;
  await sys.out(`Server:\t\t${reply.server}\nAddress:\t${reply.server}:53\n\n`);
  if (reply.rcode !== 'NOERROR') {
    await sys.out(
      `** server can't find ${candidates.length > 1 ? (candidates[0] ?? name) : asked}: NXDOMAIN\n\n`,
    );
    return 1;
  }
  for (const answer of answers) {
    for (const record of answer.records) {
      if (record.type === 'A' || record.type === 'AAAA')
        await sys.out(`Name:\t${record.name}\nAddress: ${record.value}\n`);
      else if (record.type === 'CNAME') await sys.out(`${record.name}\tcanonical name = ${record.value}\n`);
      else if (record.type === 'PTR') await sys.out(`${record.name}\tname = ${record.value}\n`);
      else await sys.out(`${record.name}\tservice = ${record.value}\n`);
    }
    await sys.out('\n');
  }
  return 0;
}

function resolver(sys: Syscalls): { readonly searches: readonly string[]; readonly ndots: number } {
  try {
    const text = sys.files.readText('/etc/resolv.conf');
    const searches = /^search (.*)$/m.exec(text)?.[1]?.trim().split(/\s+/) ?? [];
    return { searches, ndots: Number(/ndots:(\d+)/.exec(text)?.[1] ?? 1) };
  } catch {
    return { searches: [], ndots: 1 };
  }
}

export async function dig(sys: Syscalls): Promise<number> {
  const args = sys.args.slice(1);
  const server = args.find((arg) => arg.startsWith('@'))?.slice(1);
  const short = args.includes('+short');
  const withSearch = args.includes('+search') || nameOf(sys) === 'host';
  const words = args.filter((arg) => !/^[-+@]/.test(arg));
  const type = (
    words.find((word) => ['A', 'AAAA', 'SRV', 'PTR', 'CNAME'].includes(word.toUpperCase())) ?? 'A'
  ).toUpperCase() as DnsType;
  const name = words.find((word) => word.toUpperCase() !== type) ?? '';
  const candidates = withSearch
    ? [...resolver(sys).searches.map((search) => `${name}.${search}`), name]
    : [name];
  let reply: DnsReply | undefined;
  for (const candidate of candidates) {
    reply = await ask(sys, candidate, type, server);
    if (reply?.rcode === 'NOERROR') break;
  }
  if (reply === undefined) {
    await sys.out(';; communications error: timed out\n;; no servers could be reached\n');
    return 9;
  }
  if (nameOf(sys) === 'host') {
    if (reply.rcode !== 'NOERROR') await sys.out(`Host ${name} not found: 3(NXDOMAIN)\n`);
    for (const { name: owner, value } of reply.records) await sys.out(`${owner} has address ${value}\n`);
    return reply.rcode === 'NOERROR' ? 0 : 1;
  }
  if (short) {
    for (const { value } of reply.records) await sys.out(`${value}${/[a-z]$/.test(value) ? '.' : ''}\n`);
    return 0;
  }
  const rows = reply.records
    .map(
      (one) =>
        `${one.name}.\t${one.ttl}\tIN\t${one.type}\t${one.value}${/[a-z]$/.test(one.value) ? '.' : ''}\n`,
    )
    .join('');
  await sys.out(
    `\n; <<>> DiG 9.18 <<>> ${args.join(' ')}\n;; global options: +cmd\n;; Got answer:\n;; ->>HEADER<<- opcode: QUERY, status: ${reply.rcode}, id: ${sys.random.int(65_536)}\n;; flags: qr aa rd; QUERY: 1, ANSWER: ${reply.records.length}, AUTHORITY: 0, ADDITIONAL: 1\n\n;; QUESTION SECTION:\n;${name}.\t\tIN\t${type}\n\n${rows === '' ? '' : `;; ANSWER SECTION:\n${rows}\n`};; Query time: 1 msec\n;; SERVER: ${reply.server}#53(${reply.server}) (UDP)\n\n`,
  );
  return 0;
}
