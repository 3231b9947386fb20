import { createHash } from 'node:crypto';
import { stationName } from '../docker/station.ts';

/**
 * One station for each folder of work: two people on one engine, or an author's proofs next to a course, must not end
 * each other's.
 */
export function stationNameFor(courseFolder: string): string {
  return `${stationName}-${createHash('sha256').update(courseFolder).digest('hex').slice(0, 6)}`;
}
