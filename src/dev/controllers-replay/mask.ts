import type { Json } from '../../base/json.ts';

/** Upstream's alphabet for generated names. */
const letters = 'bcdfghjklmnpqrstvwxz2456789';

/** Replaces what differs from run to run by the recordings' placeholders. */
function maskText(text: string): string {
  return text
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '<uid>')
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, '<time>')
    .replace(/(?<=[a-z]-)\d{8}(?=-|\b)/g, '<minute>')
    .replace(new RegExp(`-[${letters}]{6,10}(?=-[${letters}]{5}(?![a-z0-9]))`, 'g'), '-<hash>')
    .replace(new RegExp(`-[${letters}]{5}(?![a-z0-9-])`, 'g'), '-<rand>')
    .replace(new RegExp(`-[${letters}]{6,10}(?![a-z0-9-])`, 'g'), '-<hash>')
    .replace(new RegExp(`^[${letters}]{7,10}$`), '<hash>');
}

export function mask(value: Json): Json {
  if (typeof value === 'string') return maskText(value);
  if (Array.isArray(value)) return value.map(mask);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, key === 'resourceVersion' ? '<rv>' : mask(item)]),
  );
}
