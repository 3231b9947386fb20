import type { Secret, ServiceAccount } from '../../kube/api/core-v1.ts';
import { keyOf } from '../../kube/informer.ts';
import type { KubeObject } from '../../kube/object.ts';
import { type Controller, ignoring, isNotFound, splitKey, startLoop } from './controller.ts';
import { secrets, serviceAccounts } from './refs.ts';

const type = 'kubernetes.io/service-account-token';
const nameAnnotation = 'kubernetes.io/service-account.name';
const uidAnnotation = 'kubernetes.io/service-account.uid';

/**
 * Fills Secrets of type kubernetes.io/service-account-token, and deletes those whose account is gone. Mirrors
 * pkg/controller/serviceaccount/tokens_controller.go.
 */
export const serviceAccountTokenController: Controller = {
  name: 'serviceaccount-token-controller',
  start(context) {
    const all = context.informer<Secret & KubeObject>(secrets);
    const accounts = context.informer<ServiceAccount & KubeObject>(serviceAccounts);
    const loop = startLoop(
      context,
      this.name,
      async (key) => {
        const { namespace, name } = splitKey(key);
        const secret = all.get(namespace, name);
        if (secret?.type !== type || secret.metadata.deletionTimestamp !== undefined) return undefined;
        const owner = secret.metadata.annotations?.[nameAnnotation] ?? '';
        const account = await context.client.find<ServiceAccount & KubeObject>(
          serviceAccounts,
          namespace,
          owner,
        );
        const uid = secret.metadata.annotations?.[uidAnnotation];
        if (account === undefined || (uid !== undefined && uid !== account.metadata.uid)) {
          const preconditions = { uid: secret.metadata.uid ?? '' };
          await ignoring(isNotFound, context.client.delete(secrets, namespace, name, { preconditions }));
          return undefined;
        }
        const data = secret.data ?? {};
        const ca = Buffer.from(context.caPem).toString('base64');
        const inside = Buffer.from(namespace).toString('base64');
        if (
          data['ca.crt'] === ca &&
          data['namespace'] !== undefined &&
          data['token'] !== undefined &&
          uid !== undefined
        )
          return undefined;
        const accountUid = account.metadata.uid ?? '';
        const token =
          data['token'] ??
          Buffer.from(context.issueToken(namespace, { name: owner, uid: accountUid }, name)).toString(
            'base64',
          );
        const draft = {
          ...secret,
          metadata: {
            ...secret.metadata,
            annotations: { ...secret.metadata.annotations, [uidAnnotation]: accountUid },
          },
          data: { ...data, 'ca.crt': ca, namespace: data['namespace'] ?? inside, token },
        };
        await ignoring(isNotFound, context.client.update(secrets, draft));
        return undefined;
      },
      { ready: [all, accounts] },
    );
    all.onChange((after) => {
      if (after?.type === type)
        loop.queue.add(keyOf(after.metadata.namespace ?? '', after.metadata.name ?? ''));
    });
    accounts.onChange((after, before) => {
      const account = after ?? before;
      for (const secret of all.list(account?.metadata.namespace ?? '')) {
        if (secret.type !== type || secret.metadata.annotations?.[nameAnnotation] !== account?.metadata.name)
          continue;
        loop.queue.add(keyOf(secret.metadata.namespace ?? '', secret.metadata.name ?? ''));
      }
    });
    return loop;
  },
};
