import {
  type FieldError,
  forbiddenField,
  goQuote,
  invalid,
  invalidObject,
} from '../../../kube/field-error.ts';
import { badRequest, plainFailure, StatusError } from '../../../kube/status.ts';
import type { ApiResponse, StreamItem } from '../../../kube/transport.ts';
import { textResponse } from '../answers/respond.ts';
import { booleanParameter } from '../chain/request-info.ts';
import type { SubresourcePlugin } from '../contracts.ts';
import type { LogOptions } from '../node-access.ts';
import { integerParameter } from '../registry/options.ts';
import type { ConnectDeps } from './connect-deps.ts';
import { containerOf, kubeletOf, podOf, refOf } from './pod-location.ts';

/** Mirrors registry/core/pod/rest.LogREST and pod.LogLocation. */
export function podLog({ nodes, clock }: ConnectDeps): SubresourcePlugin {
  return {
    group: '',
    resource: 'pods',
    name: 'log',
    kind: { group: '', version: 'v1', kind: 'Pod' },
    verbs: ['get'],
    async handle(context, { reader }) {
      const { query, name } = context.info;
      const asked = logQuery(query, name);
      const pod = podOf(context, reader);
      const container = containerOf(pod, query.get('container') ?? '');
      // A Pod without a node has said nothing yet.
      if ((pod.spec?.nodeName ?? '') === '') return textResponse(200, '');
      const { url, kubelet } = kubeletOf(pod, reader, nodes);
      const { namespace } = context.info;
      if (typeof kubelet === 'string')
        throw plainFailure(
          `Get "${url}/containerLogs/${namespace}/${name}/${container}${asked.sent}": ${kubelet}`,
        );
      const { sinceSeconds, ...options } = asked.options;
      const sinceMs = sinceSeconds === undefined ? options.sinceMs : clock.now() - 1000 * sinceSeconds;
      const { signal } = context.request;
      try {
        const chunks = await kubelet.logs(refOf(pod), container, { ...options, sinceMs }, signal);
        return streamed(chunks, signal);
      } catch (error) {
        throw error instanceof StatusError ? error : plainFailure(String((error as Error).message));
      }
    },
  };
}

interface LogQuery {
  readonly options: LogOptions & { readonly sinceSeconds: number | undefined };
  /** As it goes on to the kubelet, sorted: `?follow=true`, or ''. */
  readonly sent: string;
}

/** Mirrors ValidatePodLogOptions and the query of LogLocation. */
function logQuery(query: URLSearchParams, pod: string): LogQuery {
  const number = (name: string) => integerParameter(query, name);
  const flag = (name: string) => booleanParameter(query, name) === true;
  const [tailLines, limitBytes, sinceSeconds] = [
    number('tailLines'),
    number('limitBytes'),
    number('sinceSeconds'),
  ];
  const sinceTime = query.get('sinceTime') ?? '';
  const sinceMs = sinceTime === '' ? undefined : parseTime(sinceTime);
  const errors: FieldError[] = [];
  if (tailLines !== undefined && tailLines < 0)
    errors.push(invalid('tailLines', tailLines, 'must be greater than or equal to 0'));
  if (limitBytes !== undefined && limitBytes < 1)
    errors.push(invalid('limitBytes', limitBytes, 'must be greater than 0'));
  if (sinceSeconds !== undefined && sinceTime !== '')
    errors.push(forbiddenField('[]', 'at most one of `sinceTime` or `sinceSeconds` may be specified'));
  else if (sinceSeconds !== undefined && sinceSeconds < 1)
    errors.push(invalid('sinceSeconds', sinceSeconds, 'must be greater than 0'));
  if (errors.length > 0) throw invalidObject('', 'PodLogOptions', pod, errors);
  const [follow, previous, timestamps] = [flag('follow'), flag('previous'), flag('timestamps')];
  const sent = Object.entries({
    follow,
    limitBytes,
    previous,
    sinceSeconds,
    sinceTime,
    tailLines,
    timestamps,
  })
    .filter(([, value]) => value !== undefined && value !== false && value !== '')
    .map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`);
  return {
    options: { follow, previous, timestamps, tailLines, limitBytes, sinceMs, sinceSeconds },
    sent: sent.length === 0 ? '' : `?${sent.join('&')}`,
  };
}

function parseTime(text: string): number {
  const ms = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(text)
    ? Date.parse(text)
    : Number.NaN;
  if (!Number.isNaN(ms)) return ms;
  throw badRequest(
    `parsing time ${goQuote(text)} as "2006-01-02T15:04:05Z07:00": cannot parse ${goQuote(text)} as "2006"`,
  );
}

function streamed(chunks: AsyncIterable<Uint8Array>, signal: AbortSignal): ApiResponse {
  return {
    status: 200,
    headers: { 'content-type': 'text/plain', 'cache-control': 'no-cache, private' },
    body: { kind: 'events', events: untilGone(chunks, signal) },
  };
}

/** Ends with the client, also while nothing is said. */
async function* untilGone(
  chunks: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<StreamItem> {
  const reader = chunks[Symbol.asyncIterator]();
  const gone = new Promise<{ readonly done: true }>((resolve) => {
    signal.addEventListener('abort', () => resolve({ done: true }), { once: true });
    if (signal.aborted) resolve({ done: true });
  });
  try {
    for (;;) {
      const next = await Promise.race([reader.next(), gone]);
      if (next.done === true) return;
      const { value } = next;
      yield { bytes: () => value };
    }
  } finally {
    void reader.return?.()?.then(undefined, () => undefined);
  }
}
