import type { ContainerStatus, Pod, PodCondition } from '../../api/core-v1.ts';
import { duplicate, type FieldError, forbiddenField, GoText, goQuote, invalid } from '../../field-error.ts';
import { goSlice, goStruct } from '../../go-syntax.ts';
import { isValidIP, parseIP } from '../../ip.ts';
import { isQualifiedName, isValidGroupID, isValidUserID, nameIsDNSSubdomain } from '../../names.ts';
import { validatePodAnnotationUpdates } from './annotations.ts';
import { podOptions } from './options.ts';
import { invalidFor } from './report.ts';

const ownConditions = new Set(['PodScheduled', 'Ready', 'Initialized']);

/** Upstream looks for them in the metadata, by mistake. */
function validateConditions(conditions: readonly PodCondition[] | undefined): FieldError[] {
  return (conditions ?? []).flatMap(({ type = '' }, i) =>
    ownConditions.has(type) ? [] : invalidFor(`metadata.conditions[${i}].Type`, type, isQualifiedName(type)),
  );
}

/** What has ended stays so, when nothing may start it again. */
function validateTransitions(
  after: readonly ContainerStatus[] | undefined,
  before: readonly ContainerStatus[] | undefined,
  field: string,
  restartPolicy: string | undefined,
  mayRestart: (name: string) => boolean,
): FieldError[] {
  if (restartPolicy === 'Always') return [];
  const errors: FieldError[] = [];
  for (const [i, old] of (before ?? []).entries()) {
    const ended = old.state?.terminated;
    if (!ended || mayRestart(old.name)) continue;
    if (ended.exitCode !== 0 && restartPolicy === 'OnFailure') continue;
    for (const now of after ?? [])
      if (now.name === old.name && !now.state?.terminated)
        errors.push(
          forbiddenField(`${field}[${i}].state`, 'may not be transitioned to non-terminated state'),
        );
  }
  return errors;
}

function goIps(type: string, ips: readonly { ip: string }[]): GoText {
  return goSlice(
    type,
    ips.map(({ ip }) => goStruct(type, [['IP', ip]])),
  );
}

function validateIps(
  key: 'podIPs' | 'hostIPs',
  entries: readonly { ip: string }[] | undefined,
  hostIP: string | undefined,
): FieldError[] {
  const ips = (entries ?? []).map(({ ip = '' }) => ip);
  const field = `status.${key}`;
  const type = key === 'podIPs' ? 'core.PodIP' : 'core.HostIP';
  const errors: FieldError[] = [];
  if (key === 'hostIPs' && ips.length > 0 && ips[0] !== (hostIP ?? ''))
    errors.push(invalid(`${field}[0].ip`, ips[0], 'must be equal to `hostIP`'));
  for (const [i, ip] of ips.entries()) errors.push(...isValidIP(`${field}[${i}]`, ip));
  if (ips.length < 2) return errors;
  const twice: FieldError[] = [];
  const seen = new Set<string>();
  for (const [i, ip] of ips.entries()) {
    if (seen.has(ip)) twice.push(duplicate(`${field}[${i}]`, new GoText(`${type}{IP:${goQuote(ip)}}`)));
    seen.add(ip);
  }
  const families: FieldError[] = [];
  const bad = ips.find((ip) => parseIP(ip) === undefined);
  if (bad === undefined && (new Set(ips.map((ip) => parseIP(ip)?.family)).size < 2 || ips.length > 2))
    families.push(
      invalid(field, goIps(type, entries ?? []), 'may specify no more than one IP for each IP family'),
    );
  return key === 'podIPs' ? [...errors, ...families, ...twice] : [...errors, ...twice, ...families];
}

function validateUsers(
  statuses: readonly ContainerStatus[] | undefined,
  field: string,
  os: string,
): FieldError[] {
  return (statuses ?? []).flatMap(({ user }, i) => {
    const linux = user?.linux;
    if (!linux) return [];
    const at = `${field}[${i}].linux`;
    if (os === 'windows') return [forbiddenField(at, 'cannot be set for a windows pod')];
    return [
      ...invalidFor(`${at}.uid`, linux.uid, isValidUserID(linux.uid ?? 0)),
      ...invalidFor(`${at}.gid`, linux.gid, isValidGroupID(linux.gid ?? 0)),
      ...(linux.supplementalGroups ?? []).flatMap((id, g) =>
        invalidFor(`${at}.supplementalGroups[${g}]`, id, isValidGroupID(id)),
      ),
    ];
  });
}

const lists = ['containerStatuses', 'initContainerStatuses', 'ephemeralContainerStatuses'] as const;

/** Mirrors ValidatePodStatusUpdate. */
export function validatePodStatusUpdate(pod: Pod, old: Pod): FieldError[] {
  const { status = {}, spec } = pod;
  const before = old.status ?? {};
  const policy = old.spec?.restartPolicy;
  const sidecars = new Set(
    (old.spec?.initContainers ?? []).filter((c) => c.restartPolicy === 'Always').map((c) => c.name),
  );
  const errors = [
    ...validatePodAnnotationUpdates(pod, old, 'metadata.annotations', podOptions(true, pod, old)),
    ...validateConditions(status.conditions),
  ];
  const nominated = status.nominatedNodeName;
  if (nominated && nominated !== before.nominatedNodeName)
    errors.push(...invalidFor('status.nominatedNodeName', nominated, nameIsDNSSubdomain(nominated, false)));
  if ((status.qosClass ?? '') !== (before.qosClass ?? ''))
    errors.push(invalid('status.qosClass', status.qosClass ?? '', 'field is immutable'));
  for (const list of lists)
    errors.push(
      ...validateTransitions(
        status[list],
        before[list],
        `status.${list}`,
        // Nobody starts an ephemeral container again.
        list === 'ephemeralContainerStatuses' ? 'Never' : policy,
        (name) => list === 'initContainerStatuses' && sidecars.has(name),
      ),
    );
  errors.push(
    ...validateIps('podIPs', status.podIPs, undefined),
    ...validateIps('hostIPs', status.hostIPs, status.hostIP),
  );
  for (const list of lists)
    errors.push(...validateUsers(status[list], `status.${list}`, spec?.os?.name ?? 'linux'));
  return errors;
}
