import type { Endpoint, EndpointPort, EndpointSlice } from '../../../kube/api/discovery-v1.ts';
import { type Informer, keyOf } from '../../../kube/informer.ts';
import { nameIsDNSSubdomain } from '../../../kube/names.ts';
import { equalJson, type KubeObject } from '../../../kube/object.ts';
import { headlessLabel } from '../endpoint.ts';
import type { LiveService } from '../endpoint-pod.ts';
import { ownerReference } from '../pods/owner.ts';

export const serviceNameLabel = 'kubernetes.io/service-name';
export const managedByLabel = 'endpointslice.kubernetes.io/managed-by';
export const selectorManager = 'endpointslice-controller.k8s.io';
export const mirroringManager = 'endpointslicemirroring-controller.k8s.io';

export type LiveSlice = EndpointSlice & KubeObject;

/** What is to be written to bring the slices of one Service to what they should be. */
export interface SliceChanges {
  create: LiveSlice[];
  update: LiveSlice[];
  remove: LiveSlice[];
}

/** What the slices of a group share. */
export interface SliceGroup {
  readonly addressType: string;
  readonly ports: readonly EndpointPort[];
}

const byService = 'service';

/** Lets `slicesOf` find those of a Service that one manager keeps. Before the informer starts. */
export function indexByService(slices: Informer<LiveSlice>): void {
  slices.addIndex(byService, (slice) => {
    const key = serviceKeyOf(slice);
    return key === undefined ? [] : [`${slice.metadata.labels?.[managedByLabel] ?? ''} ${key}`];
  });
}

export function slicesOf(slices: Informer<LiveSlice>, manager: string, serviceKey: string): LiveSlice[] {
  return slices
    .byIndex(byService, `${manager} ${serviceKey}`)
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined);
}

/** The Service, or Endpoints, that a slice says it is of. */
export function serviceKeyOf({ metadata }: KubeObject): string | undefined {
  const name = metadata.labels?.[serviceNameLabel];
  return name === undefined || name === '' ? undefined : keyOf(metadata.namespace ?? '', name);
}

/** The API writes lists that hold nothing as null. */
export const listOf = <T>(list: readonly T[] | null | undefined): readonly T[] => list ?? [];
export const orNull = <T>(list: readonly T[]): T[] =>
  list.length === 0 ? (null as unknown as T[]) : [...list];

export function prefixOf(name: string): string {
  const prefix = `${name}-`;
  return nameIsDNSSubdomain(prefix, true).length === 0 ? prefix : name;
}

export function isOwnedBy(slice: LiveSlice, service: LiveService): boolean {
  return (slice.metadata.ownerReferences ?? []).some(
    ({ uid, kind, apiVersion }) => uid === service.metadata.uid && kind === 'Service' && apiVersion === 'v1',
  );
}

/** A slice of a Service without endpoints yet; the server gives the name. */
export function newSlice(service: LiveService, { addressType, ports }: SliceGroup): LiveSlice {
  const { name = '', namespace = '' } = service.metadata;
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      generateName: prefixOf(name),
      namespace,
      labels: labelsOf(service),
      ownerReferences: [ownerReference(service)],
    },
    addressType,
    endpoints: [],
    ports: orNull(ports),
  };
}

const reserved: ReadonlySet<string> = new Set([serviceNameLabel, managedByLabel, headlessLabel]);

/** Those of the Service, and what says whose the slice is. */
export function labelsOf(service: LiveService): { [key: string]: string } {
  const { clusterIP = '' } = service.spec ?? {};
  return {
    ...ownLabels(service.metadata.labels),
    ...(clusterIP === '' || clusterIP === 'None' ? { [headlessLabel]: '' } : {}),
    [serviceNameLabel]: service.metadata.name ?? '',
    [managedByLabel]: selectorManager,
  };
}

export const sameLabels = (slice: LiveSlice, service: LiveService): boolean =>
  equalJson(ownLabels(slice.metadata.labels), ownLabels(service.metadata.labels));

function ownLabels(labels: { readonly [key: string]: string } = {}): { [key: string]: string } {
  return Object.fromEntries(Object.entries(labels).filter(([key]) => !reserved.has(key)));
}

/** Two endpoints with the same key are one, told differently. Mirrors hashEndpoint. */
export function endpointKey({ addresses, hostname, targetRef }: Endpoint): string {
  return [[...addresses].sort().join(','), hostname, targetRef?.namespace, targetRef?.name].join('\n');
}

/** Mirrors EndpointsEqualBeyondHash. */
export function sameEndpoint(a: Endpoint, b: Endpoint): boolean {
  return (
    a.nodeName === b.nodeName &&
    a.zone === b.zone &&
    a.conditions?.ready === b.conditions?.ready &&
    a.conditions?.serving === b.conditions?.serving &&
    a.conditions?.terminating === b.conditions?.terminating &&
    equalJson({ ...a.targetRef, resourceVersion: '' }, { ...b.targetRef, resourceVersion: '' })
  );
}
