import type { NodeInfo } from './node-info.ts';

/** The cluster as one attempt to place a Pod sees it: it does not change meanwhile. */
export interface Snapshot {
  /** In turns by zone, so that looking at a part of them looks at all zones. */
  readonly nodes: readonly NodeInfo[];
  readonly withAffinity: readonly NodeInfo[];
  readonly withRequiredAntiAffinity: readonly NodeInfo[];
  get(name: string): NodeInfo | undefined;
  /** Whether a Pod on some node uses the claim `namespace/name`. */
  usesClaim(key: string): boolean;
  /** An image by its name with tag, if some node has it. */
  image(name: string): ImageState | undefined;
}

export interface ImageState {
  readonly sizeBytes: number;
  readonly nodes: ReadonlySet<string>;
}
