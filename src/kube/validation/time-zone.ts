const known = new Map<string, boolean>();

/** Why there is no such time zone, as Go's LoadLocation says it; undefined when there is. Names are told apart by case. */
export function timeZoneProblem(zone: string): string | undefined {
  let there = known.get(zone);
  if (there === undefined) {
    there = isTimeZone(zone);
    if (known.size > 1000) known.clear();
    known.set(zone, there);
  }
  return there ? undefined : `unknown time zone ${zone}`;
}

function isTimeZone(zone: string): boolean {
  if (zone === '' || zone === 'UTC') return true;
  try {
    const canonical = new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone;
    // The runtime does not mind the case of letters; the database's files do.
    return canonical === zone || canonical.toLowerCase() !== zone.toLowerCase();
  } catch {
    return false;
  }
}
