import { goQuote } from '../field-error.ts';

/** Whether a CronJob's schedule can be read. Mirrors ParseStandard of robfig/cron v3: its texts, its order. */

interface Bounds {
  readonly min: number;
  readonly max: number;
  readonly names: readonly string[];
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const fields: readonly Bounds[] = [
  { min: 0, max: 59, names: [] },
  { min: 0, max: 23, names: [] },
  { min: 1, max: 31, names: [] },
  { min: 1, max: 12, names: months },
  { min: 0, max: 6, names: days },
];
const descriptors = new Set([
  '@yearly',
  '@annually',
  '@monthly',
  '@weekly',
  '@daily',
  '@midnight',
  '@hourly',
]);
const maxUint32 = 4294967295;

/** Undefined when it is right; otherwise what is wrong, in upstream's words. `durationProblem`: of Go's ParseDuration. */
export function scheduleProblem(
  schedule: string,
  durationProblem: (text: string) => string | undefined,
  zoneProblem: (zone: string) => string | undefined,
): string | undefined {
  let spec = schedule;
  if (spec.startsWith('TZ=') || spec.startsWith('CRON_TZ=')) {
    const blank = spec.indexOf(' ');
    // Go panics here and upstream recovers; nobody can mean it.
    if (blank < 0) return `provided bad location ${spec.slice(spec.indexOf('=') + 1)}: unknown time zone`;
    const zone = spec.slice(spec.indexOf('=') + 1, blank);
    const problem = zoneProblem(zone);
    if (problem !== undefined) return `provided bad location ${zone}: ${problem}`;
    spec = spec.slice(blank).trim();
  }
  if (spec.startsWith('@')) return descriptorProblem(spec, durationProblem);
  const parts = spec.trim() === '' ? [] : spec.trim().split(/\s+/);
  if (parts.length !== fields.length)
    return `expected exactly 5 fields, found ${parts.length}: [${parts.join(' ')}]`;
  for (const [i, bounds] of fields.entries()) {
    const problem = fieldProblem(parts[i] ?? '', bounds);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function descriptorProblem(
  spec: string,
  durationProblem: (text: string) => string | undefined,
): string | undefined {
  if (descriptors.has(spec)) return undefined;
  if (!spec.startsWith('@every ')) return `unrecognized descriptor: ${spec}`;
  const problem = durationProblem(spec.slice('@every '.length));
  return problem === undefined ? undefined : `failed to parse duration ${spec}: ${problem}`;
}

function fieldProblem(field: string, bounds: Bounds): string | undefined {
  for (const part of field.split(',').filter((text) => text !== '')) {
    const problem = rangeProblem(part, bounds);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** `a`, `a-b`, `a/step`, `*`, `?`. */
function rangeProblem(expression: string, bounds: Bounds): string | undefined {
  const [range = '', stepText = '', ...more] = expression.split('/');
  const [low = '', high = '', ...further] = range.split('-');
  let start = bounds.min;
  let end = bounds.max;
  const single = range.split('-').length === 1;
  if (low !== '*' && low !== '?') {
    const first = readNumber(low, bounds);
    if (typeof first === 'string') return first;
    start = first;
    end = first;
    if (!single) {
      if (further.length > 0) return `too many hyphens: ${expression}`;
      const second = readNumber(high, bounds);
      if (typeof second === 'string') return second;
      end = second;
    }
  }
  let step = 1;
  if (expression.includes('/')) {
    if (more.length > 0) return `too many slashes: ${expression}`;
    const read = readInteger(stepText);
    if (typeof read === 'string') return read;
    step = read;
    if (single) end = bounds.max;
  }
  if (start < bounds.min) return `beginning of range (${start}) below minimum (${bounds.min}): ${expression}`;
  if (end > bounds.max) return `end of range (${end}) above maximum (${bounds.max}): ${expression}`;
  if (start > end) return `beginning of range (${start}) beyond end of range (${end}): ${expression}`;
  return step === 0 ? `step of range should be a positive number: ${expression}` : undefined;
}

function readNumber(text: string, { names, min }: Bounds): number | string {
  const at = names.indexOf(text.toLowerCase());
  return at >= 0 ? at + min : readInteger(text);
}

/** As Go's Atoi, then not negative. */
function readInteger(text: string): number | string {
  if (!/^[+-]?\d+$/.test(text))
    return `failed to parse int from ${text}: strconv.Atoi: parsing ${goQuote(text)}: invalid syntax`;
  const value = Number(text);
  if (Math.abs(value) > Number.MAX_SAFE_INTEGER)
    return `failed to parse int from ${text}: strconv.Atoi: parsing ${goQuote(text)}: value out of range`;
  return value < 0 ? `negative number (${value}) not allowed: ${text}` : Math.min(value, maxUint32);
}
