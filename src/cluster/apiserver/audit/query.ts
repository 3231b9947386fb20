import type { AuditEvent } from './event.ts';

/** What to look for; every field given must hold. */
export interface AuditQuery {
  /** `Kubectl-Session`: one run of kubectl. */
  readonly session?: string;
  readonly verbs?: readonly string[];
  readonly user?: string;
  readonly group?: string;
  readonly resource?: string;
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name?: string;
  /** The beginning of `Kubectl-Command`, by whole words: `kubectl apply`. */
  readonly command?: string;
  /** RFC 3339: at or after. */
  readonly since?: string;
  /** RFC 3339: before. */
  readonly until?: string;
  /** Only what was answered with success (true) or refused (false). */
  readonly succeeded?: boolean;
  /** Also requests of the cluster's own components. Default false. */
  readonly components?: boolean;
  /** The newest so many. Default 1000. */
  readonly limit?: number;
}

const EXACT = ['user', 'group', 'resource', 'subresource', 'namespace', 'name'] as const;

export function matchesAudit(event: AuditEvent, query: AuditQuery): boolean {
  for (const field of EXACT) if (query[field] !== undefined && event[field] !== query[field]) return false;
  if (query.session !== undefined && event.kubectlSession !== query.session) return false;
  if (query.verbs !== undefined && !query.verbs.includes(event.verb)) return false;
  if (query.command !== undefined && !startsWithWords(event.kubectlCommand ?? '', query.command))
    return false;
  if (query.since !== undefined && compareTimes(event.receivedAt, query.since) < 0) return false;
  if (query.until !== undefined && compareTimes(event.receivedAt, query.until) >= 0) return false;
  if (query.succeeded !== undefined && event.code < 400 !== query.succeeded) return false;
  return query.components === true || query.user !== undefined || !isComponent(event.user);
}

function startsWithWords(text: string, words: string): boolean {
  return text === words || text.startsWith(`${words} `);
}

/** RFC 3339 in UTC with any number of decimals. */
function compareTimes(left: string, right: string): number {
  const plain = (text: string) =>
    text.replace(/Z$/, '').replace(/\.(\d*)$/, (_, digits) => `.${digits.padEnd(9, '0')}`);
  const pad = (text: string) => (text.includes('.') ? text : `${text}.000000000`);
  const a = pad(plain(left));
  const b = pad(plain(right));
  return a < b ? -1 : a > b ? 1 : 0;
}

function isComponent(user: string): boolean {
  return (
    user.startsWith('system:kube-') ||
    user.startsWith('system:node:') ||
    user.startsWith('system:serviceaccount:kube-system:') ||
    user === 'system:apiserver'
  );
}
