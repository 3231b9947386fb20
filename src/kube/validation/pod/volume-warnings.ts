import type { Volume, VolumeProjection } from '../../api/core-v1.ts';
import { goQuote } from '../../field-error.ts';
import { fractionWarnings } from './fraction-warnings.ts';

const gone = {
  photonPersistentDisk: ['photonPersistentDisk', 'deprecated in v1.11, non-functional in v1.16+'],
  gitRepo: ['gitRepo', 'deprecated in v1.11'],
  scaleIO: ['scaleIO', 'deprecated in v1.16, non-functional in v1.22+'],
  flocker: ['flocker', 'deprecated in v1.22, non-functional in v1.25+'],
  storageos: ['storageOS', 'deprecated in v1.22, non-functional in v1.25+'],
  quobyte: ['quobyte', 'deprecated in v1.22, non-functional in v1.25+'],
  glusterfs: ['glusterfs', 'deprecated in v1.25, non-functional in v1.26+'],
  ephemeral: ['', ''],
  cephfs: ['cephfs', 'deprecated in v1.28, non-functional in v1.31+'],
  rbd: ['rbd', 'deprecated in v1.28, non-functional in v1.31+'],
} as const;

/** Volumes that nobody mounts any more, and paths in a volume that hide each other. */
export function volumeWarnings(volumes: readonly Volume[] | undefined, field: string): string[] {
  const warnings: string[] = [];
  for (const [i, volume] of (volumes ?? []).entries())
    for (const [key, [shown, message]] of Object.entries(gone) as [
      keyof typeof gone,
      readonly [string, string],
    ][]) {
      if (!volume[key]) continue;
      if (key !== 'ephemeral') {
        warnings.push(`${field}[${i}].${shown}: ${message}`);
        continue;
      }
      const resources = volume.ephemeral?.volumeClaimTemplate?.spec?.resources;
      const at = `${field}[${i}].ephemeral.volumeClaimTemplate.spec.resources`;
      warnings.push(
        ...fractionWarnings(resources?.requests, `${at}.requests`, ['storage']),
        ...fractionWarnings(resources?.limits, `${at}.limits`, ['storage']),
      );
    }
  return [...warnings, ...(volumes ?? []).flatMap(overlapWarnings)];
}

interface Place {
  readonly path: string;
  /** Where it comes from, in a volume of several sources. */
  readonly source: string;
}

const places = (items: readonly { path?: string }[], source: string): Place[] =>
  items.map(({ path = '' }) => ({ path, source }));

function overlapWarnings(volume: Volume): string[] {
  const { name = '', configMap, secret, downwardAPI, projected } = volume;
  const of = (what: string, list: readonly Place[]) =>
    overlaps(list).map((body) => `volume ${goQuote(name)} (${what}): overlapping paths: ${body}`);
  const warnings: string[] = [];
  if (configMap?.items)
    warnings.push(...of(`ConfigMap ${goQuote(configMap.name ?? '')}`, places(configMap.items, '')));
  if (secret?.items)
    warnings.push(...of(`Secret ${goQuote(secret.secretName ?? '')}`, places(secret.items, '')));
  if (downwardAPI?.items) warnings.push(...of('DownwardAPI', places(downwardAPI.items, '')));
  const list: Place[] = [];
  for (const source of projected?.sources ?? []) {
    if (Object.values(source).every((value) => !value))
      warnings.push(`volume ${goQuote(name)} (Projected) has no sources provided`);
    list.push(...projectedPlaces(source));
  }
  return [...warnings, ...of('Projected', list)];
}

function projectedPlaces({ configMap, secret, downwardAPI, serviceAccountToken }: VolumeProjection): Place[] {
  if (configMap?.items) return places(configMap.items, `ConfigMap ${goQuote(configMap.name ?? '')}`);
  if (secret?.items) return places(secret.items, `Secret ${goQuote(secret.name ?? '')}`);
  if (downwardAPI?.items) return places(downwardAPI.items, 'DownwardAPI');
  return serviceAccountToken ? places([serviceAccountToken], 'ServiceAccountToken') : [];
}

function show({ path, source }: Place): string {
  return source === '' ? goQuote(path) : `${goQuote(path)} (${source})`;
}

function overlaps(list: readonly Place[]): string[] {
  const found: string[] = [];
  const before: Place[] = [];
  for (const { path, source } of list) {
    const place = { path: path.replace(/\/+$/, ''), source };
    for (const other of before)
      if (
        place.path !== '' &&
        other.path !== '' &&
        (`${other.path}/`.startsWith(`${place.path}/`) || `${place.path}/`.startsWith(`${other.path}/`))
      )
        found.push(`${show(place)} with ${show(other)}`);
    before.push(place);
  }
  return found;
}
