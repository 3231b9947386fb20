import type { Event } from '../api/core-v1.ts';
import type { Event as NewEvent } from '../api/events-v1.ts';
import { nameIsPathSegment } from '../names.ts';
import { asKind, type KubeObject } from '../object.ts';
import { eventTable } from '../printers/event.ts';
import { validateEvent, validateEventUpdate } from '../validation/event.ts';
import type { ResourceDefinition } from './definition.ts';

/** Drafts that came through events.k8s.io, where the rules are stricter. */
const strict = new WeakSet<object>();

/** Left out rather than undefined, so that the two shapes stay comparable. */
function compact<T extends object>(object: T): T {
  for (const key of Object.keys(object) as (keyof T)[]) if (object[key] === undefined) delete object[key];
  return object;
}

/** events.k8s.io/v1 → core/v1. Mirrors pkg/apis/events/v1/conversion.go. */
function toCore(draft: KubeObject): KubeObject {
  const event = asKind<NewEvent>(draft);
  const core = compact({
    apiVersion: 'v1',
    kind: 'Event',
    metadata: draft.metadata,
    involvedObject: event.regarding ?? {},
    reason: event.reason,
    message: event.note,
    source: event.deprecatedSource,
    firstTimestamp: event.deprecatedFirstTimestamp,
    lastTimestamp: event.deprecatedLastTimestamp,
    count: event.deprecatedCount,
    type: event.type,
    eventTime: event.eventTime,
    series: event.series,
    action: event.action,
    related: event.related,
    reportingComponent: event.reportingController,
    reportingInstance: event.reportingInstance,
  }) as unknown as KubeObject;
  strict.add(core);
  return core;
}

function fromCore(object: KubeObject): KubeObject {
  const event = asKind<Event>(object);
  return compact({
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: object.metadata,
    eventTime: event.eventTime ?? null,
    series: event.series,
    reportingController: event.reportingComponent || undefined,
    reportingInstance: event.reportingInstance || undefined,
    action: event.action,
    reason: event.reason,
    regarding: event.involvedObject,
    related: event.related,
    note: event.message,
    type: event.type,
    deprecatedSource: event.source ?? {},
    deprecatedFirstTimestamp: event.firstTimestamp ?? null,
    deprecatedLastTimestamp: event.lastTimestamp ?? null,
    deprecatedCount: event.count,
  }) as unknown as KubeObject;
}

const paths = [
  'involvedObject.kind',
  'involvedObject.namespace',
  'involvedObject.name',
  'involvedObject.uid',
  'involvedObject.apiVersion',
  'involvedObject.resourceVersion',
  'involvedObject.fieldPath',
  'reason',
  'reportingComponent',
  'source',
  'type',
] as const;

export const event: ResourceDefinition = {
  group: '',
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  namespaced: true,
  shortNames: ['ev'],
  allowCreateOnUpdate: true,
  alsoServed: [
    {
      group: 'events.k8s.io',
      version: 'v1',
      shortNames: ['ev'],
      toStorage: toCore,
      fromStorage: fromCore,
    },
  ],
  validateName: nameIsPathSegment,
  validate: (object) => validateEvent(asKind<Event>(object), strict.has(object)),
  validateUpdate: (object, old) =>
    validateEventUpdate(asKind<Event>(object), asKind<Event>(old), strict.has(object)),
  selectablePaths: paths,
  selectableFields(object) {
    const { involvedObject: about, ...rest } = asKind<Event>(object);
    return {
      'involvedObject.kind': about?.kind ?? '',
      'involvedObject.namespace': about?.namespace ?? '',
      'involvedObject.name': about?.name ?? '',
      'involvedObject.uid': about?.uid ?? '',
      'involvedObject.apiVersion': about?.apiVersion ?? '',
      'involvedObject.resourceVersion': about?.resourceVersion ?? '',
      'involvedObject.fieldPath': about?.fieldPath ?? '',
      reason: rest.reason ?? '',
      reportingComponent: rest.reportingComponent ?? '',
      source: rest.source?.component || rest.reportingComponent || '',
      type: rest.type ?? '',
    };
  },
  table: eventTable,
};
