import type { Pod } from '../../../kube/api/core-v1.ts';
import { formatGoDuration } from '../../../kube/duration.ts';
import { imageBackOffMaxMs, imageBackOffMs } from '../config/constants.ts';
import type { KubeletContext } from '../context.ts';
import { Backoff } from '../pods/backoff.ts';
import { type AnyContainer, podReference, uidOf } from '../pods/pod.ts';
import { StartError } from '../runtime/start-error.ts';
import type { PulledImage } from '../runtime.ts';
import { withDefaultTag } from './reference.ts';

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** What the client of containerd says of a pull that nobody waits for any more. */
const canceled = 'rpc error: code = Canceled desc = context canceled';

/** Brings images to the node, one after the other, with back-off. Mirrors pkg/kubelet/images. */
export class ImageManager {
  readonly #context: KubeletContext;
  readonly #backoff = new Backoff(imageBackOffMs, imageBackOffMaxMs);
  readonly #lastErrors = new Map<string, string>();
  #turn: Promise<unknown> = Promise.resolve();

  constructor(context: KubeletContext) {
    this.#context = context;
  }

  /** The image, pulled if its policy wants it. Rejects with a `StartError`: `ErrImagePull`, `ImagePullBackOff`… */
  async ensure(pod: Pod, container: AnyContainer, signal: AbortSignal): Promise<PulledImage> {
    const { clock, runtime } = this.#context;
    const image = container.image ?? '';
    const event = (type: 'Normal' | 'Warning', reason: string, message: string) =>
      this.#context.event(podReference(pod, container.name), type, reason, message);
    let reference: string;
    try {
      reference = withDefaultTag(image);
    } catch (error) {
      const message = `Failed to apply default image tag "${image}": ${messageOf(error)}`;
      event('Warning', 'InspectFailed', message);
      throw new StartError('InvalidImageName', message);
    }
    let present: PulledImage | undefined;
    try {
      present = runtime.image(reference);
    } catch (error) {
      const message = `Failed to inspect image "${image}": ${messageOf(error)}`;
      event('Warning', 'InspectFailed', message);
      throw new StartError('ImageInspectError', message);
    }
    const policy = container.imagePullPolicy ?? 'IfNotPresent';
    if (present !== undefined && policy !== 'Always') {
      event('Normal', 'Pulled', `Container image "${image}" already present on machine`);
      return present;
    }
    if (policy === 'Never') {
      const message = `Container image "${image}" is not present with pull policy of Never`;
      event('Warning', 'ErrImageNeverPull', message);
      throw new StartError('ErrImageNeverPull', message);
    }
    const key = `${uidOf(pod)}_${image}`;
    if (this.#backoff.inBackoffSinceUpdate(key, clock.now())) {
      const message = `Back-off pulling image "${image}"`;
      event('Normal', 'BackOff', message);
      const last = this.#lastErrors.get(key);
      throw new StartError('ImagePullBackOff', last === undefined ? message : `${message}: ${last}`);
    }
    this.#lastErrors.delete(key);
    event('Normal', 'Pulling', `Pulling image "${image}"`);
    const askedMs = clock.now();
    try {
      const { pulled, tookMs } = await unlessAborted(this.#inTurn(reference), signal);
      const whole = formatGoDuration(Math.trunc(clock.now() - askedMs));
      event(
        'Normal',
        'Pulled',
        `Successfully pulled image "${image}" in ${formatGoDuration(Math.trunc(tookMs))} (${whole} including waiting). Image size: ${pulled.sizeBytes} bytes.`,
      );
      this.#backoff.forget(key);
      return pulled;
    } catch (error) {
      const message = signal.aborted ? canceled : messageOf(error);
      event('Warning', 'Failed', `Failed to pull image "${image}": ${message}`);
      this.#backoff.next(key, clock.now());
      const unavailable = (error as { code?: unknown }).code === 'RegistryUnavailable';
      const reason = unavailable ? 'RegistryUnavailable' : 'ErrImagePull';
      this.#lastErrors.set(key, `${reason}: ${message}`);
      if (!unavailable) throw new StartError(reason, message);
      throw new StartError(
        reason,
        `image pull failed for ${image} because the registry is unavailable: ${message}`,
      );
    }
  }

  /** The Pod is gone. */
  forget(uid: string): void {
    this.#backoff.forgetPrefix(`${uid}_`);
    for (const key of this.#lastErrors.keys()) if (key.startsWith(`${uid}_`)) this.#lastErrors.delete(key);
  }

  /** One pull at a time on a node. */
  async #inTurn(reference: string): Promise<{ readonly pulled: PulledImage; readonly tookMs: number }> {
    const { clock, runtime } = this.#context;
    const mine = this.#turn
      .catch(() => undefined)
      .then(async () => {
        const fromMs = clock.now();
        const pulled = await runtime.pullImage(reference);
        return { pulled, tookMs: clock.now() - fromMs };
      });
    this.#turn = mine.catch(() => undefined);
    return mine;
  }
}

/** The pull goes on for whoever needs the image next. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    void work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
