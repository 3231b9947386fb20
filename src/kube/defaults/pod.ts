import type {
  Container,
  Pod,
  PodSpec,
  PodTemplateSpec,
  Probe,
  ResourceRequirements,
} from '../api/core-v1.ts';
import { isLatestImage } from './image.ts';
import { roundToMilli } from './resources.ts';
import { defaultVolume } from './volumes.ts';

/**
 * What a Pod means when it does not say. Mirrors SetDefaults_* of pkg/apis/core/v1 (1.32). `+default` markers
 * (a port's protocol…) are the schema's.
 */
export function defaultPod(pod: Pod): void {
  pod.spec ??= { containers: [] };
  const { spec } = pod;
  defaultPodSpec(spec);
  for (const container of [...(spec.containers ?? []), ...(spec.initContainers ?? [])])
    requestsFromLimits(container);
  spec.enableServiceLinks ??= true;
  if (spec.hostNetwork)
    for (const container of [...(spec.containers ?? []), ...(spec.initContainers ?? [])])
      for (const port of container.ports ?? []) port.hostPort ||= port.containerPort;
}

/** For every template: Deployments, Jobs, PodTemplates… */
export function defaultPodTemplate(template: PodTemplateSpec | null | undefined): void {
  if (template === undefined || template === null) return;
  template.spec ??= { containers: [] };
  defaultPodSpec(template.spec);
}

/** What a Pod and a template have in common. */
function defaultPodSpec(spec: PodSpec): void {
  spec.dnsPolicy ||= 'ClusterFirst';
  spec.restartPolicy ||= 'Always';
  spec.securityContext ??= {};
  spec.terminationGracePeriodSeconds ??= 30;
  spec.schedulerName ||= 'default-scheduler';
  mirrorServiceAccount(spec);
  for (const volume of spec.volumes ?? []) defaultVolume(volume);
  for (const container of spec.initContainers ?? []) defaultContainer(container);
  for (const container of spec.containers ?? []) defaultContainer(container);
  for (const container of spec.ephemeralContainers ?? []) defaultContainer(container);
  roundResources(spec);
}

/** The old name of the field is always the shadow of the new one, as upstream's conversion leaves them. */
export function mirrorServiceAccount(spec: PodSpec): void {
  if (!spec.serviceAccountName && spec.serviceAccount) spec.serviceAccountName = spec.serviceAccount;
  if (spec.serviceAccountName) spec.serviceAccount = spec.serviceAccountName;
  else delete spec.serviceAccount;
}

/** Ephemeral containers too: their fields are a container's. */
function defaultContainer(container: Omit<Container, 'name'>): void {
  container.imagePullPolicy ||= isLatestImage(container.image ?? '') ? 'Always' : 'IfNotPresent';
  container.terminationMessagePath ||= '/dev/termination-log';
  container.terminationMessagePolicy ||= 'File';
  for (const variable of container.env ?? []) {
    const fieldRef = variable.valueFrom?.fieldRef;
    if (fieldRef !== undefined && fieldRef !== null) fieldRef.apiVersion ||= 'v1';
  }
  for (const probe of [container.livenessProbe, container.readinessProbe, container.startupProbe])
    if (probe) defaultProbe(probe);
  for (const handler of [container.lifecycle?.postStart, container.lifecycle?.preStop])
    if (handler?.httpGet) defaultHttpGet(handler.httpGet);
  roundResources(container);
}

function defaultProbe(probe: Probe): void {
  if (probe.httpGet) defaultHttpGet(probe.httpGet);
  probe.timeoutSeconds ||= 1;
  probe.periodSeconds ||= 10;
  probe.successThreshold ||= 1;
  probe.failureThreshold ||= 3;
}

function defaultHttpGet(action: { path?: string | undefined; scheme?: string | undefined }): void {
  action.path ||= '/';
  action.scheme ||= 'HTTP';
}

function requestsFromLimits({ resources }: Container): void {
  if (!resources?.limits) return;
  resources.requests ??= {};
  for (const [name, amount] of Object.entries(resources.limits))
    if (!Object.hasOwn(resources.requests, name)) resources.requests[name] = amount;
}

function roundResources(holder: {
  resources?: ResourceRequirements | undefined;
  overhead?: { [name: string]: string } | undefined;
}): void {
  roundToMilli(holder.resources?.limits);
  roundToMilli(holder.resources?.requests);
  roundToMilli(holder.overhead);
}
