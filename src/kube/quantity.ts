/**
 * Amounts with a unit (`100m`, `1.5Gi`, `1e3`). Mirrors apimachinery/pkg/api/resource: a quantity remembers the family of
 * its suffix and is printed with the largest one that needs no fraction.
 */
export interface Quantity {
  /** The value is `unscaled * 10^scale`; scale is never below -9. */
  readonly unscaled: bigint;
  readonly scale: number;
  readonly format: 'DecimalSI' | 'BinarySI' | 'DecimalExponent';
  /** Upstream keeps texts that look canonical as they were written (`1.500`, `+5`); '' when it must be worked out. */
  readonly text: string;
}

const formatWrong =
  "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
const numericWrong = 'unable to parse numeric part of quantity';
const suffixWrong = "unable to parse quantity's suffix";
const maxInt64 = (1n << 63n) - 1n;
/** Exponents beyond this are refused: nobody means them, and powers of ten that large are never computed. */
const maxExponent = 1000;
const maxLength = 256;

const decimalSuffixes: ReadonlyMap<string, number> = new Map([
  ['n', -9],
  ['u', -6],
  ['m', -3],
  ['', 0],
  ['k', 3],
  ['M', 6],
  ['G', 9],
  ['T', 12],
  ['P', 15],
  ['E', 18],
]);
const decimalNames: ReadonlyMap<number, string> = new Map([...decimalSuffixes].map(([text, n]) => [n, text]));
const binarySuffixes: ReadonlyMap<string, number> = new Map([
  ['Ki', 10],
  ['Mi', 20],
  ['Gi', 30],
  ['Ti', 40],
  ['Pi', 50],
  ['Ei', 60],
]);
const binaryNames = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

// Leading zeros belong to the sign group, as upstream strips them before it counts digits.
const pattern = /^([+-]?)(0*)([0-9]*)(?:\.([0-9]*))?([eEinumkKMGTP]*[-+]?[0-9]*)$/;

const remembered = new Map<string, Quantity>();
const rememberedMost = 4096;

/** Throws an Error with upstream's text. Results are shared: they are immutable. */
export function parseQuantity(text: string): Quantity {
  const known = remembered.get(text);
  if (known !== undefined) return known;
  const quantity = parse(text);
  if (remembered.size >= rememberedMost) remembered.clear();
  remembered.set(text, quantity);
  return quantity;
}

function parse(text: string): Quantity {
  const parts = text.length > maxLength ? null : pattern.exec(text);
  if (text === '' || parts === null) throw new Error(formatWrong);
  const [, sign, , digits = '', fraction = '', suffix = ''] = parts;
  const num = digits === '' ? '0' : digits;
  const unit = readSuffix(suffix);
  if (unit === undefined) throw new Error(suffixWrong);
  const { base, exponent } = unit;
  const negative = sign === '-';
  let { format } = unit;
  const plain = num + fraction;
  if (!/[0-9]/.test(text)) {
    // `+` and `-` alone are nought upstream; a bare suffix or dot has no digits to read.
    if (text !== '+' && text !== '-') throw new Error(numericWrong);
  }
  const magnitude = BigInt(plain);
  const small = plain.length <= 18;
  if (base === 10 && small && exponent - fraction.length >= -9) {
    const scale = exponent - fraction.length;
    const canonical = scale % 3 === 0 && !plain.endsWith('000') && !plain.startsWith('0');
    return { unscaled: negative ? -magnitude : magnitude, scale, format, text: canonical ? text : '' };
  }
  if (base === 2 && fraction === '' && 15 - num.length - Math.trunc((exponent * 3) / 10) - 1 >= 0) {
    const canonical = (magnitude & 7n) !== 0n;
    const value = magnitude << BigInt(exponent);
    return { unscaled: negative ? -value : value, scale: 0, format, text: canonical ? text : '' };
  }
  let unscaled = base === 2 ? magnitude << BigInt(exponent) : magnitude;
  let scale = (base === 10 ? exponent : 0) - fraction.length;
  if (scale < -9) {
    // Something asked for is never rounded down to nothing.
    unscaled = divideUp(unscaled, 10n ** BigInt(-9 - scale));
    scale = -9;
  }
  if (format === 'BinarySI') {
    const one = 10n ** BigInt(-Math.min(scale, 0));
    const value = scale > 0 ? unscaled * 10n ** BigInt(scale) : unscaled;
    if (value > maxInt64 * one) {
      unscaled = maxInt64;
      scale = 0;
    } else if (value > 0n && value < one) format = 'DecimalSI';
  }
  return { unscaled: negative ? -unscaled : unscaled, scale, format, text: '' };
}

function readSuffix(
  suffix: string,
): { base: 2 | 10; exponent: number; format: Quantity['format'] } | undefined {
  const decimal = decimalSuffixes.get(suffix);
  if (decimal !== undefined) return { base: 10, exponent: decimal, format: 'DecimalSI' };
  const binary = binarySuffixes.get(suffix);
  if (binary !== undefined) return { base: 2, exponent: binary, format: 'BinarySI' };
  if (!/^[eE][-+]?[0-9]+$/.test(suffix)) return undefined;
  const exponent = Number(suffix.slice(1));
  if (Math.abs(exponent) > maxExponent) return undefined;
  return { base: 10, exponent, format: 'DecimalExponent' };
}

/** Away from zero; `value` and `divisor` are not negative. */
function divideUp(value: bigint, divisor: bigint): bigint {
  const whole = value / divisor;
  return value % divisor === 0n ? whole : whole + 1n;
}

/** `500m`, `1536Mi`; what the API prints. */
export function formatQuantity(quantity: Quantity): string {
  if (quantity.text !== '') return quantity.text;
  if (quantity.unscaled === 0n) return '0';
  if (quantity.format === 'BinarySI') {
    const text = formatBinary(quantity);
    if (text !== undefined) return text;
  }
  let amount = quantity.unscaled;
  let exponent = quantity.scale;
  while (amount % 10n === 0n) {
    amount /= 10n;
    exponent += 1;
  }
  while (exponent % 3 !== 0) {
    amount *= 10n;
    exponent -= 1;
  }
  if (quantity.format === 'DecimalExponent') return exponent === 0 ? `${amount}` : `${amount}e${exponent}`;
  return `${amount}${decimalNames.get(exponent) ?? ''}`;
}

function formatBinary({ unscaled, scale }: Quantity): string | undefined {
  const unit = scale < 0 ? 10n ** BigInt(-scale) : 1n;
  if (unscaled % unit !== 0n) return undefined;
  let value = scale < 0 ? unscaled / unit : unscaled * 10n ** BigInt(scale);
  if (value > -1024n && value < 1024n) return undefined;
  let power = 0;
  while (value % 1024n === 0n) {
    value /= 1024n;
    power += 1;
  }
  return `${value}${binaryNames[power] ?? ''}`;
}

const canonical = new Map<string, string>();

/** The text as the API prints it. Throws like `parseQuantity`. */
export function canonicalQuantity(text: string): string {
  const known = canonical.get(text);
  if (known !== undefined) return known;
  const printed = formatQuantity(parseQuantity(text));
  if (canonical.size >= rememberedMost) canonical.clear();
  canonical.set(text, printed);
  return printed;
}

/** A quantity of whole units, `DecimalSI` unless said otherwise. */
export function quantityOf(value: bigint | number, format: Quantity['format'] = 'DecimalSI'): Quantity {
  return { unscaled: BigInt(value), scale: 0, format, text: '' };
}

/** A quantity of thousandths. */
export function milliQuantityOf(value: bigint | number, format: Quantity['format'] = 'DecimalSI'): Quantity {
  return { unscaled: BigInt(value), scale: -3, format, text: '' };
}

function aligned(a: Quantity, b: Quantity): readonly [bigint, bigint, number] {
  const scale = Math.min(a.scale, b.scale);
  return [a.unscaled * 10n ** BigInt(a.scale - scale), b.unscaled * 10n ** BigInt(b.scale - scale), scale];
}

/** Negative, 0 or positive. */
export function compareQuantities(a: Quantity, b: Quantity): number {
  const [left, right] = aligned(a, b);
  return left < right ? -1 : left > right ? 1 : 0;
}

/** The sum, in the first one's family of suffixes, or the second's when the first is nought. */
export function addQuantities(a: Quantity, b: Quantity): Quantity {
  const [left, right, scale] = aligned(a, b);
  return { unscaled: left + right, scale, format: a.unscaled === 0n ? b.format : a.format, text: '' };
}

export function subtractQuantities(a: Quantity, b: Quantity): Quantity {
  return addQuantities(a, { ...b, unscaled: -b.unscaled });
}

export function isZeroQuantity(quantity: Quantity): boolean {
  return quantity.unscaled === 0n;
}

/** -1, 0 or 1. */
export function quantitySign(quantity: Quantity): -1 | 0 | 1 {
  return quantity.unscaled < 0n ? -1 : quantity.unscaled > 0n ? 1 : 0;
}

function scaledValue({ unscaled, scale }: Quantity, to: number): bigint {
  if (scale >= to) return unscaled * 10n ** BigInt(scale - to);
  const divisor = 10n ** BigInt(to - scale);
  return unscaled < 0n ? -divideUp(-unscaled, divisor) : divideUp(unscaled, divisor);
}

/** Whole units, rounded away from zero. */
export function quantityValue(quantity: Quantity): bigint {
  return scaledValue(quantity, 0);
}

/** Thousandths, rounded away from zero. */
export function quantityMilliValue(quantity: Quantity): bigint {
  return scaledValue(quantity, -3);
}
