import type { Lease } from '../../../kube/api/coordination-v1.ts';
import type { KubeObject } from '../../../kube/object.ts';
import { StatusError } from '../../../kube/status.ts';
import { formatMicroTime } from '../../../kube/time.ts';
import { isTooMany, jitter, type KubeletContext } from '../context.ts';

const leases = { group: 'coordination.k8s.io', version: 'v1', plural: 'leases' };
const namespace = 'kube-node-lease';
const durationSeconds = 40;
const renewMs = 10_000;
const gatherMs = 250;
const retryMs = 200;
const longestRetryMs = 7000;

/** Says every ten seconds that the node is alive. Mirrors component-helpers/apimachinery/lease. */
export class NodeLease {
  readonly #context: KubeletContext;
  #cancel: () => void = () => undefined;
  #made = false;
  #stopped = false;
  #retryMs = retryMs;

  constructor(context: KubeletContext) {
    this.#context = context;
  }

  start(): void {
    this.renewNow();
  }

  renewNow(): void {
    this.#cancel();
    void this.#renew();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel();
  }

  async #renew(): Promise<void> {
    const { clock, random } = this.#context;
    let nextMs = jitter(random, renewMs, 0.04);
    try {
      await this.#write();
      this.#retryMs = retryMs;
    } catch (error) {
      this.#made = false;
      nextMs = jitter(random, this.#retryMs, 1);
      this.#retryMs = Math.min(longestRetryMs, this.#retryMs * 2);
      if (!this.#stopped && !isTooMany(error))
        this.#context.trouble(`lease of ${this.#context.settings.name}`, error);
    }
    if (this.#stopped) return;
    this.#cancel();
    // Those of thousands of nodes go out together: one entry of the log and one write to disk for all that are due.
    const dueMs = clock.now() + nextMs;
    const togetherMs = Math.ceil(dueMs / gatherMs) * gatherMs - clock.now();
    this.#cancel = clock.after(togetherMs, () => void this.#renew());
  }

  async #write(): Promise<void> {
    const { client, clock, settings, objects } = this.#context;
    const renewTime = formatMicroTime(clock.now());
    if (this.#made) {
      try {
        // What nobody else writes needs no reading first.
        await client.patch(leases, namespace, settings.name, 'merge', { spec: { renewTime } });
        return;
      } catch (error) {
        if (!(error instanceof StatusError) || error.status.code !== 404) throw error;
      }
    }
    const node = objects.node();
    const owner =
      node === undefined
        ? {}
        : {
            ownerReferences: [
              { apiVersion: 'v1', kind: 'Node', name: settings.name, uid: node.metadata?.uid ?? '' },
            ],
          };
    const spec = { holderIdentity: settings.name, leaseDurationSeconds: durationSeconds, renewTime };
    const lease: Lease & KubeObject = {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: settings.name, namespace, ...owner },
      spec,
    };
    try {
      await client.create(leases, namespace, lease);
    } catch (error) {
      if (!(error instanceof StatusError) || error.status.reason !== 'AlreadyExists') throw error;
      await client.patch(leases, namespace, settings.name, 'merge', { metadata: owner, spec });
    }
    // Until the Node is there, the Lease has no owner yet.
    this.#made = node !== undefined;
  }
}
