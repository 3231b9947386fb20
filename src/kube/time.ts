import { goQuote } from './field-error.ts';

/** Times of the API: RFC 3339 in UTC, with seconds (`metav1.Time`) or six decimals (`metav1.MicroTime`). */

const secondsLayout = '2006-01-02T15:04:05Z07:00';
const microsLayout = '2006-01-02T15:04:05.000000Z07:00';

/** Go's zero time, which is printed as null. */
const zeroText = '0001-01-01T00:00:00';

/** `2026-01-02T03:04:05Z` */
export function formatTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** `2026-01-02T03:04:05.678Z`, for clocks that are moved by hand: the API prints none. */
export function formatMilliTime(ms: number): string {
  return new Date(ms).toISOString();
}

/** `2026-01-02T03:04:05.678000Z` */
export function formatMicroTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 23)}000Z`;
}

/** Milliseconds since the epoch of a time that the API printed; NaN for anything else. */
export function timeToMs(text: string | null | undefined): number {
  return typeof text === 'string' ? Date.parse(text) : Number.NaN;
}

const printedSeconds = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)Z$/;

/** As the API prints a `metav1.Time`; null for Go's zero. Throws an Error with Go's text. */
export function canonicalTime(text: string): string | null {
  const plain = printedSeconds.exec(text);
  if (plain !== null && Number(plain[3]) <= 28 && inRange(plain)) return zeroToNull(text);
  const { seconds } = parseGoTime(text, secondsLayout);
  return zeroToNull(`${textOfSeconds(seconds)}Z`);
}

function inRange([, , month, day, hour, minute, second]: RegExpExecArray): boolean {
  return (
    month !== '00' &&
    Number(month) <= 12 &&
    day !== '00' &&
    Number(hour) < 24 &&
    Number(minute) < 60 &&
    Number(second) < 60
  );
}

/** As the API prints a `metav1.MicroTime`; null for Go's zero. Throws an Error with Go's text. */
export function canonicalMicroTime(text: string): string | null {
  const { seconds, micros } = parseGoTime(text, microsLayout);
  return zeroToNull(`${textOfSeconds(seconds)}.${String(micros).padStart(6, '0')}Z`);
}

/** From protobuf's Timestamp. */
export function textOfTimestamp(seconds: number, nanos: number, withMicros: boolean): string | null {
  const micros = withMicros ? `.${String(Math.trunc(nanos / 1000)).padStart(6, '0')}` : '';
  return zeroToNull(`${textOfSeconds(seconds)}${micros}Z`);
}

function zeroToNull(text: string): string | null {
  return text.startsWith(zeroText) && /^[.0]*Z$/.test(text.slice(zeroText.length)) ? null : text;
}

/** Four digits for the year, as Go prints it; the years outside 0–9999 cannot be written in RFC 3339. */
function textOfSeconds(seconds: number): string {
  const date = new Date(seconds * 1000);
  const iso = Number.isNaN(date.getTime()) ? '' : date.toISOString();
  if (!/^\d{4}-/.test(iso)) throw new Error('Time.MarshalJSON: year outside of range [0,9999]');
  return iso.slice(0, 19);
}

interface GoTime {
  readonly seconds: number;
  readonly micros: number;
}

/** Mirrors Go's time.Parse for the two layouts; the order of its complaints is part of the API. */
function parseGoTime(text: string, layout: string): GoTime {
  const withFraction = layout === microsLayout;
  let rest = text;
  const cannot = (element: string, at = rest): never => {
    throw new Error(
      `parsing time ${goQuote(text)} as ${goQuote(layout)}: cannot parse ${goQuote(at)} as ${goQuote(element)}`,
    );
  };
  const outOfRange = (what: string): never => {
    throw new Error(`parsing time ${goQuote(text)}: ${what} out of range`);
  };
  const skip = (separator: string) => {
    if (!rest.startsWith(separator)) cannot(separator);
    rest = rest.slice(separator.length);
  };
  const number = (pattern: RegExp, element: string): number => {
    const found = pattern.exec(rest)?.[0] ?? cannot(element);
    rest = rest.slice(found.length);
    return Number(found);
  };
  const year = number(/^\d{4}/, '2006');
  skip('-');
  const month = number(/^\d\d/, '01');
  if (month < 1 || month > 12) outOfRange('month');
  skip('-');
  const day = number(/^\d\d/, '02');
  skip('T');
  const hour = number(/^\d\d?/, '15');
  if (hour > 23) outOfRange('hour');
  skip(':');
  const minute = number(/^\d\d/, '04');
  if (minute > 59) outOfRange('minute');
  skip(':');
  const second = number(/^\d\d/, '05');
  if (second > 59) outOfRange('second');
  let micros = 0;
  if (withFraction) {
    const found = /^[.,](\d{6})/.exec(rest) ?? cannot('.000000');
    micros = Number(found[1]);
    rest = rest.slice(7);
  } else {
    const found = /^[.,]\d+/.exec(rest);
    if (found !== null) rest = rest.slice(found[0].length);
  }
  const offset = readOffset(rest);
  if (offset === undefined) cannot('Z07:00');
  else {
    if (offset.hours > 24) outOfRange('time zone offset hour');
    if (offset.minutes > 60) outOfRange('time zone offset minute');
    rest = rest.slice(offset.length);
    if (rest !== '') throw new Error(`parsing time ${goQuote(text)}: extra text: ${goQuote(rest)}`);
    const days = new Date(0);
    days.setUTCFullYear(year, month, 0);
    if (day < 1 || day > days.getUTCDate()) outOfRange('day');
    days.setUTCFullYear(year, month - 1, day);
    days.setUTCHours(hour, minute, second, 0);
    return {
      seconds: days.getTime() / 1000 - offset.sign * (offset.hours * 3600 + offset.minutes * 60),
      micros,
    };
  }
  throw new Error('unreachable');
}

function readOffset(
  rest: string,
): { sign: number; hours: number; minutes: number; length: number } | undefined {
  if (rest.startsWith('Z')) return { sign: 1, hours: 0, minutes: 0, length: 1 };
  const found = /^([+-])(\d\d):(\d\d)/.exec(rest);
  if (found === null) return undefined;
  return { sign: found[1] === '-' ? -1 : 1, hours: Number(found[2]), minutes: Number(found[3]), length: 6 };
}
