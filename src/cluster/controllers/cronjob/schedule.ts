import { parseGoDuration } from '../../../kube/duration.ts';
import { type ZoneOffset, zoneOffset } from './zone.ts';

/** When something is due. Mirrors robfig/cron v3, as CronJobs use it. */
export interface Schedule {
  /** The first time after `ms`, in whole seconds; undefined: never within five years. */
  next(ms: number): number | undefined;
}

interface Field {
  readonly values: ReadonlySet<number>;
  /** `*` or `?` without a step: the field asks for nothing. */
  readonly any: boolean;
}

const monthNames = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const dayNames = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const bounds: readonly (readonly [min: number, max: number, names: readonly string[]])[] = [
  [0, 59, []],
  [0, 23, []],
  [1, 31, []],
  [1, 12, monthNames],
  [0, 6, dayNames],
];
const shorthands: ReadonlyMap<string, string> = new Map([
  ['@yearly', '0 0 1 1 *'],
  ['@annually', '0 0 1 1 *'],
  ['@monthly', '0 0 1 * *'],
  ['@weekly', '0 0 * * 0'],
  ['@daily', '0 0 * * *'],
  ['@midnight', '0 0 * * *'],
  ['@hourly', '0 * * * *'],
]);

const minuteMs = 60_000;
const hourMs = 3_600_000;
const dayMs = 86_400_000;
const horizonYears = 5;

/**
 * A schedule that the API has accepted, in the zone that it names itself (`TZ=…`) or in `zone`. Throws Error for what cannot be
 * read, RangeError for an unknown zone.
 */
export function parseSchedule(text: string, zone = ''): Schedule {
  const own = /^(?:CRON_)?TZ=(\S+)\s+(.*)$/s.exec(text.trim());
  const offset = zoneOffset(own?.[1] ?? zone);
  const spec = (own?.[2] ?? text).trim();
  if (spec.startsWith('@every ')) return every(parseGoDuration(spec.slice('@every '.length)));
  const fields = (shorthands.get(spec) ?? spec).split(/\s+/);
  if (fields.length !== bounds.length)
    throw new Error(`expected exactly 5 fields, found ${fields.length}: [${fields.join(' ')}]`);
  const [minutes, hours, days, months, weekdays] = fields.map((field, i) => parseField(field, i));
  if (!minutes || !hours || !days || !months || !weekdays) throw new Error(`unreadable: ${text}`);
  return { next: (ms) => nextMatch(ms, offset, { minutes, hours, days, months, weekdays }) };
}

/** From wherever one asks, in whole seconds. */
function every(periodMs: number): Schedule {
  const step = Math.max(1000, Math.floor(periodMs / 1000) * 1000);
  return { next: (ms) => Math.floor(ms / 1000) * 1000 + step };
}

function parseField(text: string, at: number): Field {
  const [min, max, names] = bounds[at] ?? [0, 0, []];
  const values = new Set<number>();
  let any = false;
  const read = (word: string) => {
    const named = names.indexOf(word.toLowerCase());
    return named >= 0 ? named + min : Number(word);
  };
  for (const part of text.split(',').filter((one) => one !== '')) {
    const [range = '', stepText] = part.split('/');
    const step = stepText === undefined ? 1 : Number(stepText);
    const [low = '', high] = range.split('-');
    const all = low === '*' || low === '?';
    const first = all ? min : read(low);
    const last = all || (high === undefined && stepText !== undefined) ? max : read(high ?? low);
    if (!(step >= 1) || !(first >= min) || !(last <= max)) throw new Error(`unreadable: ${text}`);
    any ||= all && step === 1;
    for (let value = first; value <= last; value += step) values.add(value);
  }
  return { values, any };
}

interface Fields {
  readonly minutes: Field;
  readonly hours: Field;
  readonly days: Field;
  readonly months: Field;
  readonly weekdays: Field;
}

/**
 * Walks along the time, not along the wall clock: an hour that a zone leaves out is skipped, one that it has twice counts
 * twice.
 */
function nextMatch(fromMs: number, offset: ZoneOffset, fields: Fields): number | undefined {
  let ms = (Math.floor(fromMs / minuteMs) + 1) * minuteMs;
  const local = (at: number) => new Date(at + offset(at));
  const lastYear = local(ms).getUTCFullYear() + horizonYears;
  for (;;) {
    const now = local(ms);
    if (now.getUTCFullYear() > lastYear) return undefined;
    if (!fields.months.values.has(now.getUTCMonth() + 1))
      ms = before(ms, Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1), offset);
    else if (!matchesDay(now, fields))
      ms = before(ms, Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() + 1), offset);
    else if (!fields.hours.values.has(now.getUTCHours())) ms = nextHour(ms, now.getUTCMinutes(), offset);
    else if (!fields.minutes.values.has(now.getUTCMinutes())) ms += minuteMs;
    else return ms;
  }
}

/** Both days must fit when one of them asks for nothing, otherwise one is enough. */
function matchesDay(now: Date, { days, weekdays }: Fields): boolean {
  const day = days.values.has(now.getUTCDate());
  const weekday = weekdays.values.has(now.getUTCDay());
  return days.any || weekdays.any ? day && weekday : day || weekday;
}

/** A time after `ms` that is not past the first whose wall clock shows `localMs` or later. */
function before(ms: number, localMs: number, offset: ZoneOffset): number {
  const earliest = Math.min(
    localMs - offset(localMs - dayMs),
    localMs - offset(localMs),
    localMs - offset(localMs + dayMs),
  );
  return Math.max(ms + minuteMs, earliest);
}

function nextHour(ms: number, minute: number, offset: ZoneOffset): number {
  const next = ms + hourMs - minute * minuteMs;
  // Clocks that change meanwhile may show the wanted hour earlier.
  return offset(next - minuteMs) === offset(ms) ? next : ms + minuteMs;
}
