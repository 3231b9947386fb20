import type { JsonObject } from '../../src/base/json.ts';
import type { BuiltinView, KubeState, KubeView } from '../../src/checks/backend.ts';

/** What was recorded of a cluster, by kind as the checks write it. */
export interface RecordedCluster {
  readonly objects?: { readonly [kind: string]: readonly JsonObject[] };
  readonly history?: readonly KubeState[] | undefined;
  readonly near?: readonly string[];
  /** Questions that are answered yes: `get pods`. */
  readonly allowed?: readonly string[];
  readonly answers?: readonly Awaited<ReturnType<KubeView['http']>>[];
  readonly builtin?: Partial<BuiltinView>;
}

/** A view that answers from a recording. Labels are told apart by equality alone. */
export function recordedView(
  recorded: RecordedCluster,
): KubeView & { readonly asked: readonly JsonObject[] } {
  const asked: JsonObject[] = [];
  const of = (kind: string) => recorded.objects?.[kind] ?? [];
  const metadata = (object: JsonObject) => object['metadata'] as JsonObject;
  let turn = 0;
  return {
    asked,
    level: 'integrado',
    kubectl: 'kubectl',
    get: async (kind, _namespace, name) => of(kind).find((one) => metadata(one)['name'] === name),
    list: async (kind, _namespace, filter = {}) => {
      asked.push({ kind, ...filter });
      const [key = '', value] = (filter.labels ?? '').split('=');
      return of(kind).filter(
        (one) => key === '' || (metadata(one)['labels'] as JsonObject | undefined)?.[key] === value,
      );
    },
    history: async () => recorded.history,
    canI: async ({ verb, resource, user }) => {
      asked.push({ verb, resource, user: user ?? '' });
      return (recorded.allowed ?? []).includes(`${verb} ${resource}`);
    },
    http: async () => {
      const answers = recorded.answers ?? [];
      const answer = answers[turn++ % answers.length];
      if (answer === undefined) throw new Error('nothing was recorded');
      return answer;
    },
    near: async () => recorded.near ?? [],
    ...(recorded.builtin === undefined ? {} : { builtin: recorded.builtin as BuiltinView }),
  };
}
