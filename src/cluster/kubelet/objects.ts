import type {
  ConfigMap,
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  Secret,
  Service,
} from '../../kube/api/core-v1.ts';

/** Raised when something a Pod refers to is not there; the message is the one that its status shows. */
export class MissingError extends Error {}

/** What a kubelet reads of the API besides its Pods. Objects are never to be changed. */
export interface NodeObjects {
  /** Rejects with `MissingError` `configmap "x" not found`. */
  configMap(namespace: string, name: string): Promise<ConfigMap>;
  /** Rejects with `MissingError` `secret "x" not found`. */
  secret(namespace: string, name: string): Promise<Secret>;
  services(namespace: string): readonly Service[];
  node(): Node | undefined;
  claim(namespace: string, name: string): PersistentVolumeClaim | undefined;
  persistentVolume(name: string): PersistentVolume | undefined;
  /** How the containers of a RuntimeClass are run. Rejects with `MissingError` when there is no such class. */
  runtimeHandler(name: string): Promise<string>;
  /** A token for the Pod's ServiceAccount, bound to the Pod. */
  token(pod: Pod, audience: string | undefined, expirationSeconds: number): Promise<IssuedToken>;
}

export interface IssuedToken {
  readonly token: string;
  /** ms since the epoch. */
  readonly expiresMs: number;
}
