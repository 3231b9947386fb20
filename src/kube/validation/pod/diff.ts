import { goDiff } from '../../go-diff.ts';

/** What upstream's own types keep in the Pod's security context. */
const ofContext = ['hostNetwork', 'hostPID', 'hostIPC', 'shareProcessNamespace', 'hostUsers'];

/** What changed, as the Go diff that upstream ends its message with. `type` is one of `core`. */
export function describeChange(type: string, before: object, after: object): string {
  const inner = type === 'PodSpec' ? internal : (object: object) => object;
  return goDiff(type, inner(before), inner(after));
}

function internal(spec: object): object {
  const own = spec as { readonly [key: string]: unknown };
  const moved = Object.fromEntries(ofContext.flatMap((key) => (key in own ? [[key, own[key]]] : [])));
  return { ...spec, securityContext: { ...(own['securityContext'] as object | undefined), ...moved } };
}
