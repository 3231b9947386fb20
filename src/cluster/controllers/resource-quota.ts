import type { ResourceQuota } from '../../kube/api/core-v1.ts';
import { type Informer, keyOf } from '../../kube/informer.ts';
import { equalJson, type KubeObject } from '../../kube/object.ts';
import { addQuantities, formatQuantity, type Quantity, quantityOf } from '../../kube/quantity.ts';
import { isQuotaIgnored, matchesQuotaScopes, quotaNamesFor, quotaUsage } from '../../kube/quota/usage.ts';
import {
  type Controller,
  type ControllerContext,
  ignoring,
  isNotFound,
  splitKey,
  startLoop,
} from './controller.ts';
import { discoverResources, type KnownResource } from './discovery.ts';
import { resourceQuotas } from './refs.ts';

/** Everything is counted anew this often, whatever was missed (upstream's --resource-quota-sync-period). */
const syncMs = 5 * 60_000;

type Quota = ResourceQuota & KubeObject;

/** Says in each quota what its namespace uses. Mirrors pkg/controller/resourcequota. */
export const resourceQuotaController: Controller = {
  name: 'resourcequota-controller',
  account: 'resourcequota-controller',
  start(context) {
    const counter = new Counter(context);
    const quotas = context.informer<Quota>(resourceQuotas);
    const loop = startLoop(
      context,
      this.name,
      async (key) => {
        const { namespace, name } = splitKey(key);
        const quota = quotas.get(namespace, name);
        if (quota === undefined || quota.metadata.deletionTimestamp !== undefined) return undefined;
        await counter.prepare(quota, (changedIn) => {
          for (const one of quotas.list(changedIn)) loop.queue.add(keyOf(changedIn, one.metadata.name ?? ''));
        });
        const hard = quota.spec?.hard ?? {};
        const used = counter.used(quota);
        if (!equalJson(quota.status?.hard ?? {}, hard) || !equalJson(quota.status?.used ?? {}, used)) {
          const draft: Quota = { ...quota, status: { ...quota.status, hard, used } };
          await ignoring(isNotFound, context.client.update(resourceQuotas, draft, { subresource: 'status' }));
        }
        return syncMs;
      },
      { ready: [quotas] },
    );
    quotas.onChange((after, before) => {
      if (after === undefined) return;
      // Only what was asked for, and what somebody else wrote into the status, call for counting.
      if (
        before !== undefined &&
        equalJson(after.spec, before.spec) &&
        equalJson(after.status, before.status)
      )
        return;
      loop.queue.add(keyOf(after.metadata.namespace ?? '', after.metadata.name ?? ''));
    });
    return loop;
  },
};

interface Counted {
  readonly resource: KnownResource;
  readonly objects: Informer<KubeObject>;
}

/** Follows the resources that some quota counts, from the first quota that does. */
class Counter {
  readonly #context: ControllerContext;
  readonly #counted = new Map<string, Counted>();

  constructor(context: ControllerContext) {
    this.#context = context;
  }

  async prepare(quota: Quota, changed: (namespace: string) => void): Promise<void> {
    const names = Object.keys(quota.spec?.hard ?? {});
    for (const resource of await discoverResources(this.#context.client)) {
      const key = `${resource.group}/${resource.plural}`;
      if (!countable(resource) || this.#counted.has(key)) continue;
      if (quotaNamesFor(resource.group, resource.plural, names).length === 0) continue;
      const objects = this.#context.informer(resource);
      objects.onChange((after, before) => {
        // What is created was counted when it was admitted; what ends or shrinks gives back.
        if (before !== undefined) changed((after ?? before).metadata.namespace ?? '');
      });
      this.#counted.set(key, { resource, objects });
    }
    await Promise.all([...this.#counted.values()].map(({ objects }) => objects.synced));
  }

  /** Every name in `hard` that anything counts against, with what is used of it. */
  used(quota: Quota): { [name: string]: string } {
    const names = Object.keys(quota.spec?.hard ?? {});
    const now = this.#context.clock.now();
    const totals = new Map<string, Quantity>();
    for (const { resource, objects } of this.#counted.values()) {
      const { group, plural } = resource;
      const own = quotaNamesFor(group, plural, names);
      if (own.length === 0) continue;
      for (const name of own) totals.set(name, totals.get(name) ?? quantityOf(0));
      for (const object of objects.list(quota.metadata.namespace ?? '')) {
        if (!matchesQuotaScopes(quota, group, plural, object)) continue;
        const usage = quotaUsage(group, plural, object, now);
        for (const name of own) {
          const amount = usage.get(name);
          if (amount !== undefined)
            totals.set(name, addQuantities(amount, totals.get(name) ?? quantityOf(0)));
        }
      }
    }
    return Object.fromEntries([...totals].map(([name, amount]) => [name, formatQuantity(amount)]));
  }
}

function countable({ group, plural, namespaced, verbs }: KnownResource): boolean {
  return (
    namespaced &&
    !isQuotaIgnored(group, plural) &&
    ['create', 'list', 'watch', 'delete'].every((verb) => verbs.includes(verb))
  );
}
