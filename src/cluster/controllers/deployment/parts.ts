import type { KubeClient } from '../../../kube/client.ts';
import type { EventRecorder } from '../../../kube/event-recorder.ts';
import type { Informer } from '../../../kube/informer.ts';
import type { BuiltinSchemas } from '../../../kube/schema/load.ts';
import type { Pod } from '../pods/pod-state.ts';
import { deployments } from '../refs.ts';
import type { ReplicaSet } from '../replicaset/replica-kind.ts';
import type { Deployment } from './arithmetic.ts';

/** What every step of a Deployment's synchronisation works with. */
export interface DeploymentParts {
  readonly client: KubeClient;
  readonly recorder: EventRecorder;
  readonly sets: Informer<ReplicaSet>;
  readonly pods: Informer<Pod>;
  readonly schemas: BuiltinSchemas | undefined;
  now(): number;
}

/** The ReplicaSet that has the Deployment's template, and all others, oldest first. */
export interface SetsOfDeployment {
  readonly current: ReplicaSet | undefined;
  readonly old: readonly ReplicaSet[];
}

export const allOf = ({ current, old }: SetsOfDeployment): readonly ReplicaSet[] =>
  current === undefined ? old : [...old, current];

export function writeStatus(client: KubeClient, deployment: Deployment): Promise<Deployment> {
  return client.update<Deployment>(deployments, deployment, { subresource: 'status' });
}
