import type { Pod } from '../../../kube/api/core-v1.ts';
import {
  type AnyContainer,
  containersOf,
  ephemeralContainersOf,
  initContainersOf,
  isSidecar,
  specOf,
} from '../pods/pod.ts';
import type { ContainerStatus } from '../runtime.ts';
import {
  anyRegularCreated,
  containerNamed,
  type PodRuntime,
  sandboxNeeded,
  shouldRestart,
} from './pod-runtime.ts';

export type KillReason = 'LivenessProbe' | 'StartupProbe' | 'FailedPostStartHook' | '';
export type ProbeVerdict = 'success' | 'failure' | 'unknown';

/** What a probe last said of a container; undefined: nothing. */
export interface ProbeVerdicts {
  liveness(containerId: string): ProbeVerdict | undefined;
  startup(containerId: string): ProbeVerdict | undefined;
}

export interface ContainerToKill {
  readonly id: string;
  readonly container: AnyContainer;
  readonly message: string;
  readonly reason: KillReason;
}

export interface PodActions {
  killPod: boolean;
  createSandbox: boolean;
  readonly sandboxId: string;
  readonly attempt: number;
  ephemeral: AnyContainer[];
  init: AnyContainer[];
  start: AnyContainer[];
  readonly kill: ContainerToKill[];
}

/** What has to be done for the Pod to be as its spec wants. Mirrors computePodActions (pkg/kubelet/kuberuntime). */
export function podActions(pod: Pod, runtime: PodRuntime, verdicts: ProbeVerdicts): PodActions {
  const sandbox = sandboxNeeded(pod, runtime);
  const actions: PodActions = {
    killPod: sandbox.needed,
    createSandbox: sandbox.needed,
    sandboxId: sandbox.id,
    attempt: sandbox.attempt,
    ephemeral: [],
    init: [],
    start: [],
    kill: [],
  };
  if (sandbox.needed) {
    anew(pod, runtime, actions);
    return actions;
  }
  // They are never started twice, although nothing may be left of them: the API refuses to hear that one runs again.
  const over = new Set(
    (pod.status?.ephemeralContainerStatuses ?? []).flatMap(({ name, state }) =>
      state?.terminated === undefined ? [] : [name],
    ),
  );
  actions.ephemeral = ephemeralContainersOf(pod).filter(
    ({ name }) => containerNamed(runtime, name) === undefined && !over.has(name),
  );
  if (!initActions(pod, runtime, verdicts, actions) || actions.killPod) return actions;
  let kept = 0;
  for (const container of containersOf(pod)) {
    const status = containerNamed(runtime, container.name);
    if (status?.state !== 'running') {
      if (shouldRestart(container, pod, runtime)) actions.start.push(container);
      continue;
    }
    const why = whyKill(container, status, verdicts);
    if (why === undefined) {
      kept++;
      continue;
    }
    const restart = why.always || specOf(pod).restartPolicy !== 'Never';
    if (restart) actions.start.push(container);
    actions.kill.push({
      id: status.id,
      container,
      message: restart ? `${why.message}, will be restarted` : why.message,
      reason: why.reason,
    });
  }
  if (kept === 0 && actions.start.length === 0) {
    actions.killPod = true;
    actions.init = [];
  }
  return actions;
}

/** Without a sandbox everything starts from the beginning, but what is over for good. */
function anew(pod: Pod, runtime: PodRuntime, actions: PodActions): void {
  const policy = specOf(pod).restartPolicy;
  if (policy === 'Never' && actions.attempt !== 0 && runtime.containers.length > 0) {
    actions.createSandbox = false;
    return;
  }
  const start = containersOf(pod).filter(({ name }) => {
    const status = containerNamed(runtime, name);
    return !(policy === 'OnFailure' && status?.state === 'exited' && status.exitCode === 0);
  });
  if (start.length === 0 && anyRegularCreated(pod, runtime)) {
    actions.createSandbox = false;
    return;
  }
  const [first] = initContainersOf(pod);
  if (first !== undefined) actions.init = [first];
  else actions.start = start;
}

function whyKill(
  container: AnyContainer,
  status: ContainerStatus,
  verdicts: ProbeVerdicts,
): { readonly message: string; readonly reason: KillReason; readonly always: boolean } | undefined {
  const { name } = container;
  if (status.config.image !== container.image)
    return { message: `Container ${name} definition changed`, reason: '', always: true };
  if (verdicts.liveness(status.id) === 'failure')
    return { message: `Container ${name} failed liveness probe`, reason: 'LivenessProbe', always: false };
  if (verdicts.startup(status.id) === 'failure')
    return { message: `Container ${name} failed startup probe`, reason: 'StartupProbe', always: false };
  return undefined;
}

/** Adds what init containers and sidecars need; says whether initialisation is over. */
function initActions(pod: Pod, runtime: PodRuntime, verdicts: ProbeVerdicts, actions: PodActions): boolean {
  const containers = initContainersOf(pod);
  if (containers.length === 0) return true;
  let done = anyRegularCreated(pod, runtime);
  let passed = done;
  const start = new Set<number>();
  // From the last: those before may be gone already.
  for (let index = containers.length - 1; index >= 0; index--) {
    const container = containers[index];
    if (container === undefined || (passed && !isSidecar(container))) continue;
    const status = containerNamed(runtime, container.name);
    if (status === undefined) {
      if (passed && isSidecar(container)) start.add(index);
      continue;
    }
    const next = () => {
      if (index === containers.length - 1) done = true;
      else if (!passed) start.add(index + 1);
    };
    if (isSidecar(container)) {
      sidecarActions(container, status, verdicts, actions, () => start.add(index), next);
    } else if (status.state === 'exited') {
      if (status.exitCode === 0) next();
      else if (specOf(pod).restartPolicy === 'Never') {
        actions.killPod = true;
        actions.init = [];
        return false;
      } else start.add(index);
    } else if (status.state === 'created') start.add(index);
    passed = true;
  }
  if (!passed) start.add(0);
  actions.init = containers.filter((_, index) => start.has(index));
  return done;
}

function sidecarActions(
  container: AnyContainer,
  status: ContainerStatus,
  verdicts: ProbeVerdicts,
  actions: PodActions,
  restart: () => void,
  next: () => void,
): void {
  if (status.state !== 'running') {
    restart();
    return;
  }
  const kill = (what: string, reason: KillReason) => {
    const message = `Init container ${container.name} failed ${what}`;
    actions.kill.push({ id: status.id, container, message, reason });
    restart();
  };
  if (container.startupProbe !== undefined) {
    const startup = verdicts.startup(status.id);
    if (startup === 'failure') kill('startup probe', 'StartupProbe');
    if (startup !== 'success') return;
  }
  next();
  if (container.livenessProbe !== undefined && verdicts.liveness(status.id) === 'failure')
    kill('liveness probe', 'LivenessProbe');
}
