/** How far a zone's clocks are ahead of UTC at some time. Milliseconds. */
export type ZoneOffset = (ms: number) => number;

const utc: ZoneOffset = () => 0;
/** Offsets change at quarters of an hour only. */
const quarterMs = 900_000;
const rememberedQuarters = 512;

/** Throws RangeError for a zone that nobody knows. '' is UTC. */
export function zoneOffset(zone: string): ZoneOffset {
  if (zone === '' || zone === 'UTC') return utc;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    era: 'short',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  const known = new Map<number, number>();
  return (ms) => {
    const quarter = Math.floor(ms / quarterMs);
    const found = known.get(quarter);
    if (found !== undefined) return found;
    const atMs = quarter * quarterMs;
    const parts = new Map(format.formatToParts(atMs).map(({ type, value }) => [type, Number(value)]));
    const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0;
    const localMs = Date.UTC(
      part('year'),
      part('month') - 1,
      part('day'),
      part('hour'),
      part('minute'),
      part('second'),
    );
    if (known.size >= rememberedQuarters) known.clear();
    known.set(quarter, localMs - atMs);
    return localMs - atMs;
  };
}

/** `2026-03-29T02:30:00Z`, `2026-03-29T04:30:00+02:00`: RFC 3339 with the zone's own offset. */
export function formatInZone(ms: number, offset: ZoneOffset): string {
  const aheadMs = offset(ms);
  const local = new Date(ms + aheadMs).toISOString().slice(0, 19);
  if (aheadMs === 0) return `${local}Z`;
  const minutes = Math.abs(Math.round(aheadMs / 60_000));
  const two = (value: number) => String(value).padStart(2, '0');
  return `${local}${aheadMs < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}
