/** The only door to a cluster. */
export { startCluster } from './cluster.ts';
export { PortTaken } from './front/balancer.ts';
export { ClusterRefused, OptionRefused } from './options.ts';
export { readPhoto } from './photo.ts';
export { placePhoto } from './restore.ts';
