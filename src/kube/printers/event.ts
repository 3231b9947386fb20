import type { Event } from '../api/core-v1.ts';
import { asKind } from '../object.ts';
import type { TableDefinition } from '../resources/definition.ts';
import { ageSince } from './age.ts';
import { column, nameColumn } from './columns.ts';

/** Mirrors printEvent. */
export const eventTable: TableDefinition = {
  columns: [
    column('Last Seen', 'The time at which the most recent occurrence of this event was recorded.'),
    column('Type', 'Type of this event (Normal, Warning), new types could be added in the future'),
    column(
      'Reason',
      "This should be a short, machine understandable string that gives the reason for the transition into the object's current status.",
    ),
    column('Object', 'The object that this event is about.'),
    column(
      'Subobject',
      'If referring to a piece of an object instead of an entire object, this string should contain a valid JSON/Go field access statement, such as desiredState.manifest.containers[2]. For example, if the object reference is to a container within a pod, this would take on a value like: "spec.containers{name}" (where "name" refers to the name of the container that triggered the event) or if no container name is specified "spec.containers[2]" (container with index 2 in this pod). This syntax is chosen only to have some well-defined way of referencing a part of an object.',
      'string',
      1,
    ),
    column(
      'Source',
      'The component reporting this event. Should be a short machine understandable string.',
      'string',
      1,
    ),
    column('Message', 'A human-readable description of the status of this operation.'),
    column(
      'First Seen',
      'The time at which the event was first recorded. (Time of server receipt is in TypeMeta.)',
      'string',
      1,
    ),
    column('Count', 'The number of times this event has occurred.', 'string', 1),
    { ...nameColumn, priority: 1 },
  ],
  cells(object, now) {
    const event = asKind<Event>(object);
    const { involvedObject: about, series, source } = event;
    const first = event.firstTimestamp ?? event.eventTime;
    const last = series === undefined ? (event.lastTimestamp ?? first) : series.lastObservedTime;
    const kind = about?.kind?.toLowerCase() ?? '';
    const component = source?.component || event.reportingComponent || '';
    const host = source?.host || event.reportingInstance || '';
    return [
      ageSince(last, now),
      event.type ?? '',
      event.reason ?? '',
      about?.name ? `${kind}/${about.name}` : kind,
      about?.fieldPath ?? '',
      host === '' ? component : `${component}, ${host}`,
      (event.message ?? '').trim(),
      ageSince(first, now),
      series?.count ?? (event.count || 1),
      event.metadata?.name ?? '',
    ];
  },
};
