import { clusterRoleAggregationController } from './cluster-role-aggregation.ts';
import type { Controller } from './controller.ts';
import { cronJobController } from './cronjob/controller.ts';
import { signingRequestCleaner } from './csr-cleaner.ts';
import { signingController } from './csr-signing.ts';
import { daemonSetController } from './daemonset/index.ts';
import { deploymentController } from './deployment/index.ts';
import { disruptionController } from './disruption/controller.ts';
import { endpointsController } from './endpoint.ts';
import { endpointSliceController } from './endpointslice/controller.ts';
import { endpointSliceMirroringController } from './endpointslice/mirroring.ts';
import { ephemeralVolumeController } from './ephemeral-volume.ts';
import { garbageCollector } from './garbage-collector.ts';
import { horizontalPodAutoscalerController } from './horizontal/controller.ts';
import { jobController } from './job/controller.ts';
import { namespaceController } from './namespace.ts';
import { nodeIpamController } from './node-ipam.ts';
import { nodeLifecycleController } from './node-lifecycle/controller.ts';
import { persistentVolumeBinder } from './persistent-volume/controller.ts';
import { podGarbageCollector } from './pod-gc.ts';
import { claimProtectionController, volumeProtectionController } from './protection.ts';
import { localVolumeProvisioner } from './provisioner.ts';
import { replicaSetController, replicationController } from './replicaset/index.ts';
import { resourceQuotaController } from './resource-quota.ts';
import { rootCaController } from './root-ca.ts';
import { serviceAccountController } from './service-account.ts';
import { serviceAccountTokenController } from './service-account-token.ts';
import { statefulSetController } from './statefulset/index.ts';
import { taintEvictionController } from './taint-eviction.ts';
import { ttlAfterFinishedController } from './ttl-after-finished.ts';
import { ttlController } from './ttl-controller.ts';
import { volumeExpander } from './volume-expander.ts';

/** Every controller. A new one is one file and one line here. */
export const controllers: readonly Controller[] = [
  serviceAccountTokenController,
  namespaceController,
  garbageCollector,
  resourceQuotaController,
  serviceAccountController,
  rootCaController,
  volumeProtectionController,
  claimProtectionController,
  clusterRoleAggregationController,
  endpointsController,
  endpointSliceController,
  endpointSliceMirroringController,
  jobController,
  cronJobController,
  ttlAfterFinishedController,
  disruptionController,
  horizontalPodAutoscalerController,
  deploymentController,
  replicaSetController,
  replicationController,
  statefulSetController,
  daemonSetController,
  nodeIpamController,
  nodeLifecycleController,
  taintEvictionController,
  podGarbageCollector,
  ttlController,
  persistentVolumeBinder,
  localVolumeProvisioner,
  volumeExpander,
  ephemeralVolumeController,
  signingController,
  signingRequestCleaner,
];
