import type { EventRecorder } from '../../../kube/event-recorder.ts';
import type { Informer } from '../../../kube/informer.ts';
import { type Binding, withAnnotations } from './bind.ts';
import {
  bestMatch,
  bindCompleted,
  type ClaimObject,
  type ClassObject,
  classOf,
  hasAnnotation,
  isBoundTo,
  namesClass,
  selectedNode,
  whyNot,
} from './matching.ts';

/** A claim that waits is looked at again this often, whatever happens. */
export const resyncMs = 15_000;

export const provisionerAnnotation = 'volume.kubernetes.io/storage-provisioner';
const oldProvisionerAnnotation = 'volume.beta.kubernetes.io/storage-provisioner';
const defaultClassAnnotations = [
  'storageclass.kubernetes.io/is-default-class',
  'storageclass.beta.kubernetes.io/is-default-class',
];

/** The provisioners that were once part of Kubernetes, and the drivers that took their place. */
const migrated: ReadonlyMap<string, string> = new Map([
  ['kubernetes.io/aws-ebs', 'ebs.csi.aws.com'],
  ['kubernetes.io/gce-pd', 'pd.csi.storage.gke.io'],
  ['kubernetes.io/azure-disk', 'disk.csi.azure.com'],
  ['kubernetes.io/azure-file', 'file.csi.azure.com'],
  ['kubernetes.io/cinder', 'cinder.csi.openstack.org'],
  ['kubernetes.io/vsphere-volume', 'csi.vsphere.vmware.com'],
  ['kubernetes.io/portworx-volume', 'pxd.portworx.com'],
]);

/** Brings claims to their volumes. Mirrors syncClaim of pkg/controller/volume/persistentvolume. */
export class Claims {
  readonly #binding: Binding;
  readonly #recorder: EventRecorder;
  readonly #classes: Informer<ClassObject>;
  readonly #waitingPods: (claim: ClaimObject) => readonly string[];

  constructor(
    binding: Binding,
    recorder: EventRecorder,
    classes: Informer<ClassObject>,
    waitingPods: (claim: ClaimObject) => readonly string[],
  ) {
    this.#binding = binding;
    this.#recorder = recorder;
    this.#classes = classes;
    this.#waitingPods = waitingPods;
  }

  /** Resolves with the milliseconds after which it must be looked at again, if ever. */
  async sync(claim: ClaimObject): Promise<number | undefined> {
    if (hasAnnotation(claim, bindCompleted)) return this.#syncBound(claim);
    return (claim.spec?.volumeName ?? '') === '' ? this.#find(claim) : this.#takeNamed(claim);
  }

  async #find(claim: ClaimObject): Promise<number | undefined> {
    const wantedClass = classOf(claim);
    const storageClass = wantedClass === '' ? undefined : this.#classes.get('', wantedClass);
    const delayed = storageClass?.volumeBindingMode === 'WaitForFirstConsumer';
    const volume = bestMatch(claim, this.#binding.volumes.list(), delayed);
    if (volume !== undefined) {
      await this.#binding.bind(volume, claim);
      return undefined;
    }
    const byDefault = namesClass(claim) ? undefined : this.#defaultClass();
    if (byDefault !== undefined) {
      await this.#binding.saveClaim({ ...claim, spec: { ...claim.spec, storageClassName: byDefault } });
      return undefined;
    }
    if (delayed && !hasAnnotation(claim, selectedNode)) this.#tellWaiting(claim);
    else if (wantedClass !== '') {
      await this.#provision(claim, wantedClass, storageClass);
      return resyncMs;
    } else
      this.#recorder.event(
        claim,
        'Normal',
        'FailedBinding',
        'no persistent volumes available for this claim and no storage class is set',
      );
    await this.#binding.setClaimPhase(claim, 'Pending');
    return resyncMs;
  }

  #tellWaiting(claim: ClaimObject): void {
    const pods = this.#waitingPods(claim);
    if (pods.length === 0)
      this.#recorder.event(
        claim,
        'Normal',
        'WaitForFirstConsumer',
        'waiting for first consumer to be created before binding',
      );
    else {
      const whom = `${pods.length > 1 ? 'pods' : 'pod'} ${pods.join(',')}`;
      this.#recorder.event(claim, 'Normal', 'WaitForPodScheduled', `waiting for ${whom} to be scheduled`);
    }
  }

  /** Says who is to make the volume; whoever that is watches the claims. */
  async #provision(claim: ClaimObject, name: string, found: ClassObject | undefined): Promise<void> {
    const fail = (message: string) => this.#recorder.event(claim, 'Warning', 'ProvisioningFailed', message);
    if (found === undefined) return fail(`storageclass.storage.k8s.io "${name}" not found`);
    const provisioner = migrated.get(found.provisioner) ?? found.provisioner;
    if (provisioner.startsWith('kubernetes.io/'))
      return fail(`no volume plugin matched name: ${provisioner}`);
    let told = claim;
    if (claim.metadata.annotations?.[provisionerAnnotation] !== provisioner) {
      const annotations = { [oldProvisionerAnnotation]: provisioner, [provisionerAnnotation]: provisioner };
      told = await this.#binding.saveClaim({ ...claim, metadata: withAnnotations(claim, annotations) });
    }
    this.#recorder.event(
      told,
      'Normal',
      'ExternalProvisioning',
      `Waiting for a volume to be created either by the external provisioner '${provisioner}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.`,
    );
  }

  /** The newest one that says it is it. */
  #defaultClass(): string | undefined {
    const marked = this.#classes
      .list()
      .filter(({ metadata }) => defaultClassAnnotations.some((one) => metadata.annotations?.[one] === 'true'))
      .sort(
        (a, b) =>
          (b.metadata.creationTimestamp ?? '').localeCompare(a.metadata.creationTimestamp ?? '') ||
          (a.metadata.name ?? '').localeCompare(b.metadata.name ?? ''),
      );
    return marked[0]?.metadata.name;
  }

  async #takeNamed(claim: ClaimObject): Promise<number | undefined> {
    const name = claim.spec?.volumeName ?? '';
    const volume = this.#binding.volumes.get('', name);
    if (volume === undefined) {
      await this.#binding.setClaimPhase(claim, 'Pending');
      return resyncMs;
    }
    if (volume.spec?.claimRef === undefined) {
      const why = whyNot(volume, claim);
      if (why === undefined) {
        // Upstream's two workers both write the volume's phase then, and the claim's has to wait for the next resync.
        await this.#binding.bindVolume(volume, claim);
        return resyncMs;
      }
      const message = `Cannot bind to requested volume "${name}": ${why}`;
      this.#recorder.event(claim, 'Warning', 'VolumeMismatch', message);
    } else if (isBoundTo(volume, claim)) {
      await this.#binding.bind(volume, claim);
      return undefined;
    } else
      this.#recorder.event(
        claim,
        'Warning',
        'FailedBinding',
        `volume "${name}" already bound to a different claim.`,
      );
    await this.#binding.setClaimPhase(claim, 'Pending');
    return resyncMs;
  }

  async #syncBound(claim: ClaimObject): Promise<undefined> {
    const name = claim.spec?.volumeName ?? '';
    const volume = this.#binding.volumes.get('', name);
    const reference = volume?.spec?.claimRef;
    if (name === '')
      await this.#binding.loseClaim(
        claim,
        'ClaimLost',
        'Bound claim has lost reference to PersistentVolume. Data on the volume is lost!',
      );
    else if (volume === undefined)
      await this.#binding.loseClaim(
        claim,
        'ClaimLost',
        'Bound claim has lost its PersistentVolume. Data on the volume is lost!',
      );
    else if (reference === undefined || reference.uid === claim.metadata.uid)
      await this.#binding.bind(volume, claim);
    else
      await this.#binding.loseClaim(
        claim,
        'ClaimMisbound',
        'Two claims are bound to the same volume, this one is bound incorrectly',
      );
  }
}
