import type { JsonObject } from '../../base/json.ts';
import type { BuiltinView } from '../../checks/backend.ts';
import type { ControlClient } from '../../cluster/control/control-client.ts';
import { couldNotLook } from './advice.ts';

/** What only the process of the built-in cluster knows, through its control port. */
export function createBuiltinView(control: ControlClient, start: string): BuiltinView {
  const ask = async <T>(question: () => Promise<T>): Promise<T> => {
    try {
      return await question();
    } catch (error) {
      throw couldNotLook(error, start);
    }
  };
  return {
    audit: ({ sinceMs, ...query }) =>
      ask(async () => {
        const records = await control.audit({ ...query, since: new Date(sinceMs).toISOString() });
        return records as unknown as readonly JsonObject[];
      }),
    masters: () => ask(async () => (await control.status()).masters as unknown as readonly JsonObject[]),
    nodes: () => ask(async () => (await control.status()).nodes as unknown as readonly JsonObject[]),
    probe: (pod, url) =>
      ask(async () => {
        const { steps, response } = await control.probe(pod, url);
        return {
          status: response?.status,
          body: response?.body ?? '',
          steps: steps.map(({ ok, text }) => `${ok ? '✓' : '✗'} ${text}`),
        };
      }),
    paused: () => ask(async () => (await control.status()).paused),
    now: () => ask(async () => Date.parse((await control.status()).time)),
  };
}
