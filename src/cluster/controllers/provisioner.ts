import { createEventRecorder, type EventRecorder } from '../../kube/event-recorder.ts';
import { type Informer, keyOf } from '../../kube/informer.ts';
import { compareQuantities } from '../../kube/quantity.ts';
import {
  type Controller,
  type ControllerContext,
  ignoring,
  isAlreadyExists,
  isNotFound,
  splitKey,
  startLoop,
} from './controller.ts';
import { provisionerAnnotation } from './persistent-volume/claims.ts';
import {
  type ClaimObject,
  type ClassObject,
  classOf,
  selectedNode,
  sizeOf,
  type VolumeObject,
  wantedSizeOf,
} from './persistent-volume/matching.ts';
import { provisionedBy } from './persistent-volume/volumes.ts';
import {
  emptiestNode,
  localProvisioner,
  localVolume,
  type NodeObject,
  whyImpossible,
} from './provisioner-volume.ts';
import { nodes, persistentVolumeClaims, persistentVolumes, storageClasses } from './refs.ts';
import { wantsMore } from './volume-expander.ts';

/** A claim for which there could be no volume is tried again after this. */
const retryMs = 15_000;

/**
 * Makes volumes of the nodes' folders for the claims of classes that ask for it, enlarges them and deletes them: what a
 * provisioner and a resizer do beside a real cluster, with the words of sig-storage-lib-external-provisioner.
 */
export const localVolumeProvisioner: Controller = {
  name: 'local-volume-provisioner',
  account: 'persistent-volume-binder',
  start(context) {
    const claims = context.informer<ClaimObject>(persistentVolumeClaims);
    const volumes = context.informer<VolumeObject>(persistentVolumes);
    const provisioner = new Provisioner(context, claims, volumes);
    const loop = startLoop(
      context,
      this.name,
      async (key) => {
        const { namespace, name } = splitKey(key.slice(key.indexOf(':') + 1));
        if (key.startsWith('claim:')) return provisioner.serve(namespace, name);
        await provisioner.remove(name);
        return undefined;
      },
      { ready: [claims, volumes, ...provisioner.ready] },
    );
    claims.onChange((after) => {
      if (after === undefined || (!isOurs(after) && !wantsMore(after))) return;
      loop.queue.add(`claim:${keyOf(after.metadata.namespace ?? '', after.metadata.name ?? '')}`);
    });
    volumes.onChange((after) => {
      if (after !== undefined && isDone(after)) loop.queue.add(`volume:${after.metadata.name}`);
    });
    return loop;
  },
};

const isOurs = ({ metadata, spec }: ClaimObject): boolean =>
  (spec?.volumeName ?? '') === '' && metadata.annotations?.[provisionerAnnotation] === localProvisioner;

const isDone = ({ metadata, spec, status }: VolumeObject): boolean =>
  metadata.annotations?.[provisionedBy] === localProvisioner &&
  status?.phase === 'Released' &&
  spec?.persistentVolumeReclaimPolicy === 'Delete' &&
  metadata.deletionTimestamp === undefined;

class Provisioner {
  readonly #context: ControllerContext;
  readonly #claims: Informer<ClaimObject>;
  readonly #volumes: Informer<VolumeObject>;
  readonly #classes: Informer<ClassObject>;
  readonly #nodes: Informer<NodeObject>;
  readonly #recorder: EventRecorder;
  readonly #resizer: EventRecorder;

  constructor(context: ControllerContext, claims: Informer<ClaimObject>, volumes: Informer<VolumeObject>) {
    const { client, clock } = context;
    this.#context = context;
    this.#claims = claims;
    this.#volumes = volumes;
    this.#classes = context.informer(storageClasses);
    this.#nodes = context.informer(nodes);
    this.#recorder = createEventRecorder({ client, clock, component: localProvisioner });
    this.#resizer = createEventRecorder({ client, clock, component: `external-resizer ${localProvisioner}` });
  }

  get ready(): readonly { readonly synced: Promise<void> }[] {
    return [this.#classes, this.#nodes];
  }

  async serve(namespace: string, name: string): Promise<number | undefined> {
    const claim = this.#claims.get(namespace, name);
    if (claim === undefined || claim.metadata.deletionTimestamp !== undefined) return undefined;
    if (wantsMore(claim)) return this.#enlarge(claim);
    const storageClass = this.#classes.get('', classOf(claim));
    if (!isOurs(claim) || storageClass?.provisioner !== localProvisioner) return undefined;
    return this.#provision(claim, storageClass);
  }

  async #provision(claim: ClaimObject, storageClass: ClassObject): Promise<number | undefined> {
    const { namespace = '', name = '', annotations, uid } = claim.metadata;
    const chosen = annotations?.[selectedNode];
    // The scheduler says on which node the first Pod that uses it will be.
    if (storageClass.volumeBindingMode === 'WaitForFirstConsumer' && chosen === undefined) return undefined;
    if (this.#volumes.get('', `pvc-${uid}`) !== undefined) return undefined;
    const tell = (type: 'Normal' | 'Warning', reason: string, message: string) =>
      this.#recorder.event(claim, type, reason, message);
    tell(
      'Normal',
      'Provisioning',
      `External provisioner is provisioning volume for claim "${namespace}/${name}"`,
    );
    const failed = (why: string) =>
      tell(
        'Warning',
        'ProvisioningFailed',
        `failed to provision volume with StorageClass "${storageClass.metadata.name}": ${why}`,
      );
    const impossible = whyImpossible(claim);
    if (impossible !== undefined) {
      failed(impossible);
      return retryMs;
    }
    const topologies = storageClass.allowedTopologies ?? [];
    const node =
      chosen === undefined
        ? emptiestNode(this.#nodes.list(), this.#volumes.list(), topologies)
        : this.#nodes.get('', chosen);
    if (node === undefined) {
      failed(chosen === undefined ? 'no node is ready for it' : `nodes "${chosen}" not found`);
      if (chosen !== undefined) await this.#reschedule(claim);
      return retryMs;
    }
    const volume = localVolume(claim, storageClass, node);
    await ignoring(isAlreadyExists, this.#context.client.create(persistentVolumes, '', volume));
    tell('Normal', 'ProvisioningSucceeded', `Successfully provisioned volume ${volume.metadata.name}`);
    return undefined;
  }

  /** The scheduler has to choose another node. */
  async #reschedule(claim: ClaimObject): Promise<void> {
    const { [selectedNode]: _, ...annotations } = claim.metadata.annotations ?? {};
    const draft = { ...claim, metadata: { ...claim.metadata, annotations } };
    await ignoring(isNotFound, this.#context.client.update(persistentVolumeClaims, draft));
  }

  /** A folder grows while it is in use. */
  async #enlarge(claim: ClaimObject): Promise<undefined> {
    const { client } = this.#context;
    const volume = this.#volumes.get('', claim.spec?.volumeName ?? '');
    if (volume?.metadata.annotations?.[provisionedBy] !== localProvisioner) return;
    const storage = claim.spec?.resources?.requests?.['storage'] ?? '0';
    if (compareQuantities(sizeOf(volume), wantedSizeOf(claim)) < 0) {
      this.#resizer.event(
        claim,
        'Normal',
        'Resizing',
        `External resizer is resizing volume ${volume.metadata.name}`,
      );
      const capacity = { ...volume.spec?.capacity, storage };
      await client.update(persistentVolumes, { ...volume, spec: { ...volume.spec, capacity } });
    }
    const capacity = { ...claim.status?.capacity, storage };
    const draft: ClaimObject = { ...claim, status: { ...claim.status, capacity } };
    await client.update(persistentVolumeClaims, draft, { subresource: 'status' });
    this.#resizer.event(claim, 'Normal', 'VolumeResizeSuccessful', 'Resize volume succeeded');
  }

  async remove(name: string): Promise<void> {
    const volume = this.#volumes.get('', name);
    if (volume === undefined || !isDone(volume)) return;
    await ignoring(isNotFound, this.#context.client.delete(persistentVolumes, '', name));
  }
}
