/**
 * Is there one order of the operations, true to real time, in which each gave what a single register would have given? Search
 * of Wing & Gong with the memory of Lowe: no set of operations already in the order is tried twice with one register.
 */
export interface Operation {
  readonly kind: 'read' | 'write' | 'swap';
  /** Written, or put in place of `expected`. No two operations of a history have the same, and none has 0. */
  readonly value?: number;
  readonly expected?: number;
  readonly calledAt: number;
  /** Infinity: nobody knows whether it happened, nor when. */
  readonly returnedAt: number;
  /** What was read, or what a swap found: it was done if that is what it expected. */
  readonly result?: number | undefined;
}

interface Call {
  readonly operation: Operation;
  readonly bit: bigint;
}

/** The register starts at 0. */
export function isLinearizable(operations: readonly Operation[]): boolean {
  const calls = resolveUnknown(operations)
    .sort((left, right) => left.calledAt - right.calledAt)
    .map((operation, index) => ({ operation, bit: 1n << BigInt(index) }));
  return search(calls, 0n, 0, new Set());
}

/**
 * An operation of unknown end whose value somebody saw has happened before that was seen; one whose value nobody saw changes
 * no answer, and is left out.
 */
function resolveUnknown(operations: readonly Operation[]): Operation[] {
  const known = operations.filter(isKnown);
  let unknown = operations.filter((operation) => !isKnown(operation) && operation.kind !== 'read');
  for (;;) {
    const seenAt = new Map<number, number>();
    for (const { kind, result, returnedAt } of known) {
      if (kind !== 'write' && result !== undefined)
        seenAt.set(result, Math.min(returnedAt, seenAt.get(result) ?? returnedAt));
    }
    // The earliest sight counts: the one seen first is resolved first.
    const next = unknown
      .filter(({ value = 0 }) => seenAt.has(value))
      .sort((left, right) => (seenAt.get(left.value ?? 0) ?? 0) - (seenAt.get(right.value ?? 0) ?? 0))[0];
    if (!next) return known;
    unknown = unknown.filter((operation) => operation !== next);
    known.push({ ...next, returnedAt: seenAt.get(next.value ?? 0) ?? 0, result: next.expected });
  }
}

function isKnown(operation: Operation): boolean {
  return operation.returnedAt !== Number.POSITIVE_INFINITY;
}

/** `happened`: the calls already in the order; `register`: what they left. */
function search(calls: readonly Call[], happened: bigint, register: number, seen: Set<string>): boolean {
  const here = `${happened} ${register}`;
  if (seen.has(here)) return false;
  seen.add(here);
  let firstReturn = Number.POSITIVE_INFINITY;
  for (const { operation, bit } of calls) {
    if (!(happened & bit)) firstReturn = Math.min(firstReturn, operation.returnedAt);
  }
  if (firstReturn === Number.POSITIVE_INFINITY) return true;
  for (const { operation, bit } of calls) {
    // What was called after another had returned cannot come before it.
    if (operation.calledAt > firstReturn) return false;
    if (happened & bit) continue;
    const next = outcome(operation, register);
    if (next !== undefined && search(calls, happened | bit, next, seen)) return true;
  }
  return false;
}

/** What the register holds after it, if it comes next; undefined: then it would have given another answer. */
function outcome({ kind, value = 0, expected, result }: Operation, register: number): number | undefined {
  if (kind === 'write') return value;
  if (result !== register) return undefined;
  return kind === 'swap' && expected === register ? value : register;
}
