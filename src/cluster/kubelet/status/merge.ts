import type { PodStatus } from '../../../kube/api/core-v1.ts';
import { equalJson } from '../../../kube/object.ts';
import { isTerminalPhase } from '../pods/pod.ts';
import { isKubeletCondition } from './conditions.ts';

/** Ours over the API's: foreign conditions stay, and the phase waits until nothing runs. Mirrors mergePodStatus. */
export function mergedStatus(api: PodStatus, own: PodStatus, mayRun: boolean): PodStatus {
  const mine = (own.conditions ?? []).filter(
    ({ type }) => isKubeletCondition(type) || type === 'DisruptionTarget',
  );
  const names = new Set(mine.map(({ type }) => type));
  const foreign = (api.conditions ?? []).filter(({ type }) => !names.has(type));
  const status: PodStatus = {
    ...own,
    conditions: [...foreign.filter(({ type }) => !isKubeletCondition(type)), ...mine],
  };
  if (api.nominatedNodeName !== undefined) status.nominatedNodeName = api.nominatedNodeName;
  else delete status.nominatedNodeName;
  const ends = !isTerminalPhase(api.phase) && isTerminalPhase(own.phase);
  if (ends && mayRun) {
    if (api.phase === undefined) delete status.phase;
    else status.phase = api.phase;
    if (api.reason === undefined) delete status.reason;
    else status.reason = api.reason;
    if (api.message === undefined) delete status.message;
    else status.message = api.message;
  }
  return status;
}

/** The same status out of the API's parts where they are equal, for those are in memory anyway. */
export function sharedStatus(api: PodStatus, own: PodStatus): PodStatus {
  if (equalJson(api, own)) return api;
  const parts = api as { readonly [key: string]: unknown };
  const shared: { [key: string]: unknown } = {};
  for (const [key, value] of Object.entries(own))
    shared[key] = equalJson(parts[key], value) ? parts[key] : value;
  const known = api.conditions ?? [];
  if (shared['conditions'] === own.conditions)
    shared['conditions'] = own.conditions?.map((one) => known.find((other) => equalJson(other, one)) ?? one);
  return shared;
}
