import type { Environment } from '@marcbachmann/cel-js';
import { Duration, UnsignedInt } from '@marcbachmann/cel-js/evaluator';
import { CelRuntimeError } from '../errors.ts';

/** Kubernetes' list library and cel-go's sets. Mirrors apiserver/pkg/cel/library/{lists,test}.go. */

class SetsNamespace {}

/** Three-way comparison of what CEL can order; throws for the rest. */
function compareCel(a: unknown, b: unknown): number {
  const plain = (value: unknown) =>
    value instanceof UnsignedInt || value instanceof Date || value instanceof Duration
      ? value.valueOf()
      : value;
  const left = plain(a) as number | bigint | string | boolean;
  const right = plain(b) as number | bigint | string | boolean;
  const numeric = (value: unknown) => typeof value === 'number' || typeof value === 'bigint';
  if (typeof left !== typeof right && !(numeric(left) && numeric(right)))
    throw new CelRuntimeError('no such overload');
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Equality as CEL has it for values that came from JSON. */
export function equalCel(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (a instanceof Map && b instanceof Map)
    return a.size === b.size && [...a].every(([key, value]) => b.has(key) && equalCel(value, b.get(key)));
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, i) => equalCel(item, b[i]));
  if (typeof a === 'object' || typeof b === 'object') {
    if (a instanceof Date && b instanceof Date) return a.getTime() === b.getTime();
    if (a instanceof Duration && b instanceof Duration) return a.valueOf() === b.valueOf();
    return false;
  }
  // biome-ignore lint/suspicious/noDoubleEquals: an int equals the double of the same value
  return typeof a !== 'string' && typeof b !== 'string' && a == b;
}

export function registerCollections(environment: Environment): void {
  const best = (name: string, sign: number) => (list: readonly unknown[]) => {
    if (list.length === 0) throw new CelRuntimeError(`${name} called on empty list`);
    return list.reduce((a, b) => (compareCel(b, a) * sign > 0 ? b : a));
  };
  environment
    .registerFunction('list.isSorted(): bool', (list: readonly unknown[]) =>
      list.every((item, i) => i === 0 || compareCel(list[i - 1], item) <= 0),
    )
    .registerFunction('list.sum(): dyn', (list: readonly unknown[]) => sum(list))
    .registerFunction('list.min(): dyn', best('min', -1))
    .registerFunction('list.max(): dyn', best('max', 1))
    .registerFunction('list.indexOf(dyn): int', (list: readonly unknown[], item: unknown) =>
      BigInt(list.findIndex((other) => equalCel(other, item))),
    )
    .registerFunction('list.lastIndexOf(dyn): int', (list: readonly unknown[], item: unknown) => {
      for (let i = list.length - 1; i >= 0; i--) if (equalCel(list[i], item)) return BigInt(i);
      return -1n;
    });
  const has = (list: readonly unknown[], item: unknown) => list.some((other) => equalCel(other, item));
  environment
    .registerType('SetsNamespace', SetsNamespace)
    .registerConstant('sets', 'SetsNamespace', new SetsNamespace())
    .registerFunction(
      'SetsNamespace.contains(list, list): bool',
      (_: unknown, all: unknown[], some: unknown[]) => some.every((item) => has(all, item)),
    )
    .registerFunction(
      'SetsNamespace.intersects(list, list): bool',
      (_: unknown, a: unknown[], b: unknown[]) => a.some((item) => has(b, item)),
    )
    .registerFunction(
      'SetsNamespace.equivalent(list, list): bool',
      (_: unknown, a: unknown[], b: unknown[]) =>
        a.every((item) => has(b, item)) && b.every((item) => has(a, item)),
    );
}

function sum(list: readonly unknown[]): unknown {
  const [first, ...rest] = list;
  if (first === undefined) return 0n;
  if (first instanceof Duration) return (rest as Duration[]).reduce((a, b) => a.addDuration(b), first);
  return rest.reduce((a, b) => {
    if (typeof a === 'bigint' && typeof b === 'bigint') return a + b;
    if (typeof a === 'number' && typeof b === 'number') return a + b;
    throw new CelRuntimeError('no such overload');
  }, first);
}
