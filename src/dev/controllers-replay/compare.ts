type Folded = { readonly [key: string]: unknown };

/** JSON with its keys in order: what is equal has the same text. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`).join(',')}}`;
}

/** Lists inside in any order: the recordings sort them in their own way. */
function unordered(value: unknown): unknown {
  if (Array.isArray(value))
    return value.map(unordered).sort((a, b) => (canonical(a) < canonical(b) ? -1 : 1));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, unordered(item)]));
}

/**
 * What the volume binder says again each 15 s of a claim that waits, counted from its own start: how often a case saw it depends
 * on when the case began.
 */
const saidAgain: ReadonlySet<unknown> = new Set([
  'ExternalProvisioning',
  'FailedBinding',
  'ProvisioningFailed',
  'WaitForFirstConsumer',
  'WaitForPodScheduled',
]);

function withoutChance(object: Folded): Folded {
  if (object['kind'] !== 'PersistentVolumeClaim' || !saidAgain.has(object['reason'])) return object;
  const { count: _count, ...rest } = object;
  return rest;
}

/** How often each one is there. */
function counted(objects: readonly Folded[], known: (object: Folded) => boolean): Map<string, number> {
  const counts = new Map<string, number>();
  for (const object of objects) {
    if (known(object)) continue;
    const { times = 1, ...rest } = withoutChance(object);
    const text = canonical(unordered(rest));
    counts.set(text, (counts.get(text) ?? 0) + Number(times));
  }
  return counts;
}

const isVarying = ({ count, times }: Folded) => count === '<n>' || times === '<n>';
const identity = ({ kind, type, reason, message }: Folded) => canonical([kind, type, reason, message]);

/**
 * The first difference between what was recorded of a kind and what is there, or undefined. `subset`: more may be there.
 */
export function differenceOf(
  kind: string,
  expected: readonly Folded[],
  actual: readonly Folded[],
  subset: boolean,
): string | undefined {
  const varying = new Set(expected.filter(isVarying).map(identity));
  const isKnown = (object: Folded) => varying.size > 0 && varying.has(identity(object));
  for (const one of varying)
    if (!actual.some((object) => identity(object) === one)) return `${kind} is missing ${one}`;
  const wanted = counted(expected, isKnown);
  const there = counted(actual, isKnown);
  const missing = [...wanted].filter(([text, count]) => (there.get(text) ?? 0) < count);
  const extra = [...there].filter(([text, count]) => (wanted.get(text) ?? 0) < count);
  if (missing.length === 0 && (subset || extra.length === 0)) return undefined;
  const show = (list: readonly (readonly [string, number])[]) =>
    list.map(([text, count]) => `${text} ×${count}`).join('\n  ') || '(nothing)';
  return `${kind}\n  wanted\n  ${show(missing)}\n  there is\n  ${show(extra)}`;
}
