import type { Volume } from '../api/core-v1.ts';
import { isLatestImage } from './image.ts';
import { roundToMilli } from './resources.ts';

/** 0644 */
const readable = 420;

/** Mirrors SetDefaults_Volume and those of its sources. A volume that says nothing is an empty directory. */
export function defaultVolume(volume: Volume): void {
  if (hasNoSource(volume)) volume.emptyDir = {};
  const { hostPath, secret, configMap, downwardAPI, projected, ephemeral, image } = volume;
  if (hostPath) hostPath.type ??= '';
  for (const source of [secret, configMap, downwardAPI, projected])
    if (source) source.defaultMode ??= readable;
  for (const item of downwardAPI?.items ?? []) defaultFieldRef(item.fieldRef);
  for (const source of projected?.sources ?? []) {
    for (const item of source.downwardAPI?.items ?? []) defaultFieldRef(item.fieldRef);
    if (source.serviceAccountToken) source.serviceAccountToken.expirationSeconds ??= 3600;
  }
  const claim = ephemeral?.volumeClaimTemplate?.spec;
  if (claim) {
    claim.volumeMode ??= 'Filesystem';
    roundToMilli(claim.resources?.limits);
    roundToMilli(claim.resources?.requests);
  }
  if (image && !image.pullPolicy)
    image.pullPolicy = isLatestImage(image.reference ?? '') ? 'Always' : 'IfNotPresent';
}

function hasNoSource(volume: Volume): boolean {
  for (const [key, source] of Object.entries(volume))
    if (key !== 'name' && source !== undefined && source !== null) return false;
  return true;
}

function defaultFieldRef(fieldRef: { apiVersion?: string | undefined } | null | undefined): void {
  if (fieldRef) fieldRef.apiVersion ||= 'v1';
}
