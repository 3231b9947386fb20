import type { Event } from '../api/core-v1.ts';
import { type FieldError, invalid, required } from '../field-error.ts';
import { isDNS1123Subdomain, isQualifiedName, utf8Length } from '../names.ts';
import { equalJson } from '../object.ts';
import { immutableMessage, invalidFor } from './messages.ts';

const limit = 128;
const noteLimit = 1024;

/** What every Event must satisfy. `strict`: it came through events.k8s.io. Mirrors legacyValidateEvent. */
function validateLegacy(event: Event, strict: boolean): FieldError[] {
  const errors: FieldError[] = [];
  const namespace = event.metadata?.namespace ?? '';
  const about = event.involvedObject?.namespace ?? '';
  const mismatch = () =>
    errors.push(invalid('involvedObject.namespace', about, 'does not match event.namespace'));
  if (!event.eventTime) {
    if (about === '' ? namespace !== '' && namespace !== 'default' : namespace !== about) mismatch();
  } else {
    if (about === '' && namespace !== 'default' && namespace !== 'kube-system') mismatch();
    const reporter = strict ? 'reportingController' : 'reportingComponent';
    const controller = event.reportingComponent ?? '';
    if (controller === '') errors.push(required(reporter));
    errors.push(...invalidFor(isQualifiedName(controller), reporter, controller));
    const texts = [
      ['reportingInstance', event.reportingInstance],
      ['action', event.action],
      ['reason', event.reason],
    ] as const;
    for (const [field, text = ''] of texts) {
      if (text === '') errors.push(required(field));
      if (utf8Length(text) > limit) errors.push(invalid(field, '', `can have at most ${limit} characters`));
    }
    if (utf8Length(event.message ?? '') > noteLimit)
      errors.push(invalid('message', '', `can have at most ${noteLimit} characters`));
  }
  return [...errors, ...invalidFor(isDNS1123Subdomain(namespace), 'namespace', namespace)];
}

function validateSeries({ series }: Event): FieldError[] {
  if (series === undefined) return [];
  const errors: FieldError[] = [];
  if ((series.count ?? 0) < 2) errors.push(invalid('series.count', '', 'should be at least 2'));
  if (!series.lastObservedTime) errors.push(required('series.lastObservedTime'));
  return errors;
}

/** Mirrors ValidateEventCreate. */
export function validateEvent(event: Event, strict: boolean): FieldError[] {
  const errors = validateLegacy(event, strict);
  if (!strict) return errors;
  const name = event.metadata?.name ?? '';
  errors.push(...invalidFor(isDNS1123Subdomain(name), 'metadata.name', name), ...validateSeries(event));
  if (!event.eventTime) errors.push(required('eventTime'));
  if (event.type !== 'Normal' && event.type !== 'Warning')
    errors.push(invalid('type', '', `has invalid value: ${event.type ?? ''}`));
  const unset = (field: string, present: boolean) => {
    if (present) errors.push(invalid(field, '', 'needs to be unset'));
  };
  unset('firstTimestamp', Boolean(event.firstTimestamp));
  unset('lastTimestamp', Boolean(event.lastTimestamp));
  unset('count', (event.count ?? 0) !== 0);
  unset('source', Boolean(event.source?.component || event.source?.host));
  return errors;
}

/** In the order in which upstream compares them. */
const frozen = [
  ['involvedObject', 'involvedObject'],
  ['reason', 'reason'],
  ['message', 'message'],
  ['source', 'source'],
  ['firstTimestamp', 'firstTimestamp'],
  ['lastTimestamp', 'lastTimestamp'],
  ['count', 'count'],
  ['type', 'type'],
  ['eventTime', 'eventTime'],
  ['action', 'action'],
  ['related', 'related'],
  ['reportingComponent', 'reportingController'],
  ['reportingInstance', 'reportingInstance'],
] as const;

/** Mirrors ValidateEventUpdate: through events.k8s.io only the series may go on. */
export function validateEventUpdate(event: Event, old: Event, strict: boolean): FieldError[] {
  const errors = validateLegacy(event, strict);
  if (!strict) return errors;
  if (!equalJson(event.series, old.series)) errors.push(...validateSeries(event));
  for (const [key, field] of frozen)
    if (!equalJson(event[key] ?? null, old[key] ?? null))
      errors.push(invalid(field, event[key] ?? '', immutableMessage));
  return errors;
}
