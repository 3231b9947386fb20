import { setMaxListeners } from 'node:events';
import type { Clock } from '../base/clock.ts';
import { hexToken, type Random } from '../base/random.ts';
import type { KubeClient } from '../kube/client.ts';
import { createClient } from '../kube/create-client.ts';
import { type LeaderElection, runLeaderElection } from '../kube/leader-election.ts';
import type { BuiltinSchemas } from '../kube/schema/load.ts';
import { internalError, StatusError } from '../kube/status.ts';
import type { ApiRequest, ApiResponse, Transport } from '../kube/transport.ts';
import { createTokenSigner } from './apiserver/authn/service-account-tokens.ts';
import { controllers } from './controllers/index.ts';
import { chooseControllers, type Manager, startManager } from './controllers/manager.ts';
import type { Master } from './members.ts';
import { didYouMean, OptionRefused } from './options.ts';
import type { Pki } from './pki/pki.ts';
import type { DecisionLog } from './scheduler/decision-log.ts';
import { startScheduler } from './scheduler/index.ts';

/** Controllers that upstream has and we do not: without them is how it is anyway; with them cannot be. */
const upstreamOnly: readonly string[] = [
  'certificatesigningrequest-approving',
  'bootstrap-signer',
  'token-cleaner',
  'persistentvolume-attach-detach',
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

/** The controller manager and the scheduler of one master. They run while it does, and act while they hold their Lease. */
export class Background {
  readonly #options: BackgroundOptions;
  readonly #elections: LeaderElection[] = [];
  #manager: Manager | undefined;
  #scheduler: { stop(): Promise<void> } | undefined;
  #turn: Promise<void> = Promise.resolve();
  /** Which of the two this master leads with now. */
  #leading = { manager: false, scheduler: false };

  constructor(options: BackgroundOptions) {
    this.#options = options;
  }

  start(): void {
    if (this.#elections.length > 0) return;
    this.#elect('kube-controller-manager', 'kube-controller-manager', 'manager');
    if (this.#options.scheduler) this.#elect('kube-scheduler', 'default-scheduler', 'scheduler');
  }

  /** `release: false`: as if its machine were switched off, the others wait until the Lease runs out. */
  async stop(release: boolean): Promise<void> {
    await Promise.all(this.#elections.splice(0).map((election) => election.stop({ release })));
    await this.#turn;
  }

  /** Something was stopped or started by hand: what runs here follows. */
  refresh(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#manager?.stop();
      this.#manager = undefined;
      await this.#arrange();
    });
  }

  #elect(name: string, component: string, what: 'manager' | 'scheduler'): void {
    const { clock, random, master } = this.#options;
    this.#elections.push(
      runLeaderElection({
        client: this.#clientOf(`system:${name}`, name),
        clock,
        random,
        lease: { namespace: 'kube-system', name },
        identity: `${master.name}_${hexToken(random, 8)}`,
        component,
        onStarted: () => void this.#set(what, true),
        onStopped: () => {
          // Empty: all of them are being stopped.
          if (this.#elections.length > 0) this.#options.lost();
          return this.#set(what, false);
        },
        trouble: (error) => {
          // Another one was quicker: that is what the Lease is for.
          if (!isTaken(error)) this.#options.trouble(`${master.name} ${name}`, error);
        },
      }),
    );
  }

  #set(what: 'manager' | 'scheduler', leading: boolean): Promise<void> {
    this.#leading = { ...this.#leading, [what]: leading };
    return this.#inTurn(() => this.#arrange());
  }

  /** Starts and stops what should and should not run. */
  async #arrange(): Promise<void> {
    const { stopped } = this.#options;
    if (!this.#leading.manager) {
      await this.#manager?.stop();
      this.#manager = undefined;
    } else this.#manager ??= this.#startManager();
    if (!this.#leading.scheduler || stopped.has('scheduler')) {
      await this.#scheduler?.stop();
      this.#scheduler = undefined;
    } else this.#scheduler ??= this.#startScheduler();
  }

  #startManager(): Manager {
    const { pki, clock, random, stopped, schemas, trouble } = this.#options;
    const signer = createTokenSigner(pki.serviceAccountKey, clock);
    const { chosen } = chooseControllers(controllers, this.#options.controllers);
    return startManager({
      transport: this.#transport,
      controllers: chosen.filter(({ name }) => !stopped.has(name)),
      clock,
      random,
      caPem: pki.caPem,
      signClient: pki.signClient,
      schemas,
      issueToken: (namespace, account, secretName) => signer.issueLegacy(namespace, account, secretName),
      trouble,
    });
  }

  #startScheduler(): { stop(): Promise<void> } {
    const { clock, random, decisions, trouble } = this.#options;
    const client = this.#clientOf('system:kube-scheduler', 'kube-scheduler');
    return startScheduler({ client, clock, random, decisions, trouble, host: this.#options.master.name });
  }

  #clientOf(name: string, program: string): KubeClient {
    const identity = { name, groups: ['system:authenticated'], via: 'InProcess' };
    return createClient(this.#transport, { identity, userAgent: `${program}/v1.32 (curso-k8s)` });
  }

  /** To the API server of its own master, as kubeadm has it. */
  readonly #transport: Transport = (request) => {
    const { master } = this.#options;
    if (master.server === undefined) return Promise.reject(internalError('the API server is down'));
    return unlessLeft(master, request, master.server.handle);
  };

  #inTurn(action: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(action);
    this.#turn = done.catch((error: unknown) => this.#options.trouble(this.#options.master.name, error));
    return this.#turn;
  }
}

export interface BackgroundOptions {
  readonly master: Master;
  /** Upstream's `--controllers`. */
  readonly controllers: readonly string[];
  readonly scheduler: boolean;
  /** `scheduler`, and controllers, that were stopped by hand; shared by all masters. */
  readonly stopped: ReadonlySet<string>;
  readonly decisions: DecisionLog;
  readonly pki: Pki;
  readonly schemas: BuiltinSchemas;
  readonly clock: Clock;
  readonly random: Random;
  trouble(what: string, error: unknown): void;
  /** It no longer leads, and nobody stopped it. */
  lost(): void;
}

/** To whichever API server answers: for what runs on no master. */
export function anyMaster(masters: readonly Master[]): Transport {
  return (request) => {
    const master = masters.find((one) => one.healthy());
    if (master?.server === undefined) return Promise.reject(internalError('every API server is down'));
    return unlessLeft(master, request, master.server.handle);
  };
}

const isTaken = (error: unknown) => error instanceof StatusError && error.status.code === 409;

/** Names that `component` takes: the scheduler and the controllers that were chosen. */
export function componentNames(options: {
  readonly controllers: readonly string[];
  readonly scheduler: boolean;
}): readonly string[] {
  const { chosen } = chooseControllers(controllers, options.controllers);
  return [...(options.scheduler ? ['scheduler'] : []), ...chosen.map(({ name }) => name)];
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
