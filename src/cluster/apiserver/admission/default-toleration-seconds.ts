import type { Pod, Toleration } from '../../../kube/api/core-v1.ts';
import { asKind } from '../../../kube/object.ts';
import type { AdmissionPlugin } from '../contracts.ts';
import { writes } from './attributes.ts';

const SECONDS = 300;
const KEYS = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'];

/** A Pod stays five minutes on a node that is gone. Mirrors plugin/pkg/admission/defaulttolerationseconds. */
export const defaultTolerationSeconds: AdmissionPlugin = {
  name: 'DefaultTolerationSeconds',
  mutate(request) {
    if (request.object === undefined || !writes(request, '', 'pods')) return;
    const { spec } = asKind<Pod>(request.object);
    if (spec === undefined) return;
    const given = spec.tolerations ?? [];
    const added = KEYS.filter((key) => !given.some((toleration) => covers(toleration, key))).map(
      (key): Toleration => ({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: SECONDS }),
    );
    if (added.length > 0) spec.tolerations = [...given, ...added];
  },
};

function covers({ key = '', effect = '' }: Toleration, wanted: string): boolean {
  return (key === '' || key === wanted) && (effect === '' || effect === 'NoExecute');
}
