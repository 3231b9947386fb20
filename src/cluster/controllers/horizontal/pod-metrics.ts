import type { KubeClient } from '../../../kube/client.ts';
import { parseGoDuration } from '../../../kube/duration.ts';
import { parseQuantity, quantityMilliValue } from '../../../kube/quantity.ts';
import { StatusError } from '../../../kube/status.ts';
import { timeToMs } from '../../../kube/time.ts';
import { messageOf } from '../pods/pod-control.ts';

/** What one Pod used, in thousandths. */
export interface PodMetric {
  readonly value: number;
  readonly atMs: number;
  readonly windowMs: number;
}

export type PodMetrics = Map<string, PodMetric>;

interface Answer {
  readonly items?: readonly {
    readonly metadata?: { readonly namespace?: string; readonly name?: string };
    readonly timestamp?: string;
    readonly window?: string;
    readonly containers?: readonly {
      readonly name?: string;
      readonly usage?: { readonly [resource: string]: string };
    }[];
  }[];
}

/** What the Pods of a selector use, by Pod. Rejects in upstream's words. Mirrors GetResourceMetric. */
export async function fetchPodMetrics(
  client: KubeClient,
  namespace: string,
  selector: string,
  resource: string,
  container: string | undefined,
): Promise<PodMetrics> {
  const path = `/apis/metrics.k8s.io/v1beta1/namespaces/${encodeURIComponent(namespace)}/pods?labelSelector=${encodeURIComponent(selector)}`;
  let answer: Answer;
  try {
    answer = (await client.raw('GET', path)) as Answer;
  } catch (error) {
    throw new Error(`unable to fetch metrics from resource metrics API: ${toldByClient(error)}`);
  }
  const items = answer.items ?? [];
  if (items.length === 0) throw new Error('no metrics returned from resource metrics API');
  const metrics: PodMetrics = new Map();
  for (const { metadata, timestamp, window, containers = [] } of items) {
    const name = metadata?.name ?? '';
    const own = container === undefined ? containers : containers.filter((one) => one.name === container);
    if (container !== undefined && own.length === 0)
      throw new Error(
        `container ${container} not present in metrics for pod ${metadata?.namespace ?? ''}/${name}`,
      );
    const amounts = own.map(({ usage = {} }) =>
      Object.hasOwn(usage, resource) ? milliOf(usage[resource]) : undefined,
    );
    if (amounts.length === 0 || amounts.includes(undefined)) continue;
    metrics.set(name, {
      value: amounts.reduce<number>((sum, amount) => sum + (amount ?? 0), 0),
      atMs: timeToMs(timestamp),
      windowMs: millisecondsOf(window),
    });
  }
  return metrics;
}

/** client-go says what was asked when an answer has no words of its own. */
function toldByClient(error: unknown): string {
  const code = error instanceof StatusError ? error.status.code : undefined;
  if (code === 404) return 'the server could not find the requested resource (get pods.metrics.k8s.io)';
  if (code === 503) return 'the server is currently unable to handle the request (get pods.metrics.k8s.io)';
  return messageOf(error);
}

export function milliOf(text: string | undefined): number | undefined {
  try {
    return text === undefined ? undefined : Number(quantityMilliValue(parseQuantity(text)));
  } catch {
    return undefined;
  }
}

function millisecondsOf(text: string | undefined): number {
  try {
    return parseGoDuration(text ?? '0');
  } catch {
    return 0;
  }
}
