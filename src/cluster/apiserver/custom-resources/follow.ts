import type { CustomResourceDefinition } from '../../../kube/api/apiextensions-v1.ts';
import { type CustomKind, customKindOf } from '../../../kube/crd/custom-kind.ts';
import { establish, isEstablished } from '../../../kube/crd/names.ts';
import { equalJson, type KubeObject } from '../../../kube/object.ts';
import { formatTime } from '../../../kube/time.ts';
import type { Transport } from '../../../kube/transport.ts';
import type { ServerHost } from '../contracts.ts';
import { forgetObjects } from './forget.ts';

type Definition = CustomResourceDefinition & KubeObject;

const group = 'apiextensions.k8s.io';
const resource = 'customresourcedefinitions';
const retryMs = 500;
const maxTries = 20;

interface Installed {
  readonly spec: CustomResourceDefinition['spec'];
  readonly accepted: unknown;
  readonly kind: CustomKind;
}

/**
 * Serves what the stored definitions describe, on this master, as they come and go: accepts their names, installs their
 * kinds, and forgets the objects of a definition that was deleted. Mirrors apiextensions' naming, establishing and
 * finalizing controllers. Returns how to stop.
 */
export function followCustomResources(
  host: ServerHost,
  asItself: Transport,
  signal: AbortSignal,
): () => void {
  const installed = new Map<string, Installed>();

  const remove = (name: string, also: boolean) => {
    const known = installed.get(name);
    if (known === undefined) return;
    installed.delete(name);
    const { definition } = known.kind;
    host.catalog.remove(definition.group, definition.plural);
    if (also) void forgetObjects(host.store, definition, signal);
  };

  const install = (name: string, crd: Definition) => {
    const accepted = crd.status?.acceptedNames;
    const known = installed.get(name);
    // Most changes are of the status alone: nothing is served differently.
    if (known !== undefined && equalJson(known.spec, crd.spec) && equalJson(known.accepted, accepted)) return;
    const kind = customKindOf(crd, host.schemas);
    if (kind === undefined || isBuiltIn(host, kind)) {
      remove(name, false);
      return;
    }
    installed.set(name, { spec: crd.spec, accepted, kind });
    host.catalog.install(kind.definition, {
      schemas: kind.schemas,
      custom: true,
      servesStorage: kind.servesStorage,
      warningOf: (version) => kind.warningOf(version),
    });
  };

  const settle = (name: string, tries = 0): void => {
    if (signal.aborted || tries > maxTries) return;
    void writeStatus(host, asItself, signal, name).then((done) => {
      if (!done && !signal.aborted) host.clock.after(retryMs, () => settle(name, tries + 1));
    });
  };

  return host.follow<Definition>(group, resource, ({ name }, crd) => {
    if (crd === undefined) {
      remove(name, true);
      // A name that it held may be free for others now.
      for (const { metadata, spec, status } of host.reader.list<Definition>(group, resource))
        if (!equalJson(spec.names, status?.acceptedNames)) settle(metadata.name ?? '');
      return;
    }
    if (statusOf(host, crd) !== undefined) settle(name);
    if (isEstablished(crd)) install(name, crd);
    else remove(name, false);
  });
}

/** A kind of our own is never hidden by a definition of the same name. */
function isBuiltIn(host: ServerHost, { definition }: CustomKind): boolean {
  return host.catalog
    .all()
    .some((one) => !one.custom && one.group === definition.group && one.plural === definition.plural);
}

function statusOf(host: ServerHost, crd: Definition): CustomResourceDefinition['status'] | undefined {
  if (equalJson(crd.spec.names, crd.status?.acceptedNames) && isEstablished(crd)) return undefined;
  const others = host.reader
    .list<Definition>(group, resource)
    .filter((other) => other.spec.group === crd.spec.group && other.metadata.name !== crd.metadata.name);
  return establish(crd, others, formatTime(host.clock.now()));
}

/** False: to be tried again. Another master may have been faster: then there is nothing left to write. */
async function writeStatus(
  host: ServerHost,
  asItself: Transport,
  signal: AbortSignal,
  name: string,
): Promise<boolean> {
  const crd = host.reader.get<Definition>(group, resource, '', name);
  if (crd === undefined) return true;
  const status = statusOf(host, crd);
  if (status === undefined) return true;
  const response = await asItself({
    method: 'PUT',
    url: `/apis/${group}/v1/${resource}/${name}/status?fieldManager=kube-apiserver`,
    headers: {},
    body: { kind: 'object', object: { ...crd, status } },
    signal,
  });
  return response.status === 200 || response.status === 404;
}
