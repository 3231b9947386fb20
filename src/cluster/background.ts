import { setMaxListeners } from 'node:events';
import type { Clock } from '../base/clock.ts';
import type { Random } from '../base/random.ts';
import { internalError } from '../kube/status.ts';
import type { ApiRequest, ApiResponse, Transport } from '../kube/transport.ts';
import { createTokenSigner } from './apiserver/authn/service-account-tokens.ts';
import { controllers } from './controllers/index.ts';
import { chooseControllers, type Manager, startManager } from './controllers/manager.ts';
import type { Master } from './members.ts';
import { didYouMean, OptionRefused } from './options.ts';
import type { Pki } from './pki/pki.ts';

/** Controllers that upstream has and we do not: without them is how it is anyway; with them cannot be. */
const upstreamOnly: readonly string[] = [
  'endpoints',
  'endpointslice',
  'endpointslice-mirroring',
  'replicationcontroller',
  'pod-garbage-collector',
  'daemonset',
  'job',
  'deployment',
  'replicaset',
  'horizontal-pod-autoscaler',
  'disruption',
  'statefulset',
  'cronjob',
  'certificatesigningrequest-signing',
  'certificatesigningrequest-approving',
  'certificatesigningrequest-cleaner',
  'bootstrap-signer',
  'token-cleaner',
  'node-ipam',
  'node-lifecycle',
  'taint-eviction',
  'persistentvolume-binder',
  'persistentvolume-attach-detach',
  'persistentvolume-expander',
  'ttl',
  'ttl-after-finished',
  'ephemeral-volume',
  'legacy-serviceaccount-token-cleaner',
  'validatingadmissionpolicy-status',
].map((name) => `${name}-controller`);

/** Throws `OptionRefused` for a name in `--controladores` that no controller has. */
export function checkControllers(wanted: readonly string[]): void {
  const absent = new Set(upstreamOnly.map((name) => `-${name}`));
  const unknown = chooseControllers(controllers, wanted).unknown.filter((word) => !absent.has(word));
  if (unknown.length === 0) return;
  const names = controllers.map(({ name }) => name);
  const bare = unknown.map((word) => word.replace(/^-/, ''));
  throw new OptionRefused(
    `\`--controladores\`: no hay ningún controlador llamado ${unknown.join(', ')}.`,
    `${didYouMean(bare, names)}Hay: ${names.join(', ')}. Con \`*\` son todos, y con \`-nombre\`, todos menos ese.`,
  );
}

/** What acts on the cluster by itself, through whichever API server answers. */
export function startBackground(options: {
  readonly masters: readonly Master[];
  readonly controllers: readonly string[];
  readonly pki: Pki;
  readonly clock: Clock;
  readonly random: Random;
}): Manager {
  const { masters, pki, clock, random } = options;
  const signer = createTokenSigner(pki.serviceAccountKey, clock);
  const transport: Transport = (request) => {
    const master = masters.find((one) => one.healthy());
    if (master?.server === undefined) return Promise.reject(internalError('every API server is down'));
    return unlessLeft(master, request, master.server.handle);
  };
  return startManager({
    transport,
    controllers: chooseControllers(controllers, options.controllers).chosen,
    clock,
    random,
    caPem: pki.caPem,
    issueToken: (namespace, account, secretName) => signer.issueLegacy(namespace, account, secretName),
    // They try again by themselves, and say so as often as they do: the audit tells what was refused.
    trouble: () => undefined,
  });
}

/** An isolated master hears nothing new and answers late: watches end, and requests fail, so that they are made elsewhere. */
function unlessLeft(master: Master, request: ApiRequest, handle: Transport): Promise<ApiResponse> {
  const { left } = master;
  if (/[?&]watch=(true|1)/.test(request.url))
    return handle({ ...request, signal: AbortSignal.any([request.signal, left]) });
  setMaxListeners(0, left);
  return new Promise((resolve, reject) => {
    const leave = () => reject(internalError('the API server was cut off from the others'));
    left.addEventListener('abort', leave, { once: true });
    handle(request)
      .finally(() => left.removeEventListener('abort', leave))
      .then(resolve, reject);
  });
}
