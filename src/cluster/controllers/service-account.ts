import type { Namespace, ServiceAccount } from '../../kube/api/core-v1.ts';
import type { KubeObject } from '../../kube/object.ts';
import { type Controller, ignoring, isAlreadyExists, isNotFound, startLoop } from './controller.ts';
import { namespaces, serviceAccounts } from './refs.ts';

/** Every namespace has a ServiceAccount `default`. Mirrors pkg/controller/serviceaccount/serviceaccounts_controller.go. */
export const serviceAccountController: Controller = {
  name: 'serviceaccount-controller',
  account: 'service-account-controller',
  start(context) {
    const spaces = context.informer<Namespace & KubeObject>(namespaces);
    const accounts = context.informer<ServiceAccount & KubeObject>(serviceAccounts);
    const loop = startLoop(
      context,
      this.name,
      async (name) => {
        const space = spaces.get('', name);
        if (space === undefined || space.status?.phase === 'Terminating') return undefined;
        if (accounts.get(name, 'default') !== undefined) return undefined;
        const wanted = {
          apiVersion: 'v1',
          kind: 'ServiceAccount',
          metadata: { name: 'default', namespace: name },
        };
        // The namespace may have ended meanwhile: nothing is owed to it then.
        await ignoring(
          (error) => isAlreadyExists(error) || isNotFound(error),
          context.client.create(serviceAccounts, name, wanted),
        );
        return undefined;
      },
      { ready: [spaces, accounts] },
    );
    spaces.onChange((after) => {
      if (after?.metadata.name !== undefined) loop.queue.add(after.metadata.name);
    });
    accounts.onChange((after, before) => {
      if (after === undefined && before?.metadata.name === 'default')
        loop.queue.add(before.metadata.namespace ?? '');
    });
    return loop;
  },
};
