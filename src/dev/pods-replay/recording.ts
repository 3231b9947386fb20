import { readFileSync } from 'node:fs';
import type { ContainerStatus, Pod, PodCondition } from '../../kube/api/core-v1.ts';
import type { KubeObject } from '../../kube/object.ts';

/** One file of recordings: what was asked for, what was seen, second by second. */
export interface Recording {
  readonly scenario: string;
  readonly about: string;
  readonly objects: readonly KubeObject[];
  readonly statuses: readonly StatusLine[];
  readonly events: readonly EventLine[];
  readonly commands: readonly CommandLine[];
  readonly notes: readonly NoteLine[];
  readonly requests: readonly RequestLine[];
  readonly nodes: readonly NodeLine[];
  /** The API refused some of the objects. */
  readonly hasRefusals: boolean;
  readonly endMs: number;
  readonly finalPods: { readonly [name: string]: { readonly object: Pod & KubeObject } };
}

export interface StatusLine {
  readonly kind: 'status';
  readonly t: number;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly name: string;
  readonly get: { readonly ready: string; readonly status: string; readonly restarts: string };
  readonly phase?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly conditions?: readonly PodCondition[];
  readonly initContainerStatuses?: readonly ContainerStatus[];
  readonly containerStatuses?: readonly ContainerStatus[];
  readonly ephemeralContainerStatuses?: readonly ContainerStatus[];
  readonly qosClass?: string;
  readonly nodeName?: string;
  readonly deletionTimestamp?: string;
  readonly deletionGracePeriodSeconds?: number;
}

export interface EventLine {
  readonly kind: 'event';
  readonly t: number;
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  readonly count?: number;
  readonly source: string;
  readonly object: string;
  readonly fieldPath?: string;
}

export interface CommandLine {
  readonly kind: 'command';
  readonly t: number;
  readonly ms: number;
  readonly command: string;
  readonly exit: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly stdin?: string;
  readonly tty?: boolean;
}

export interface NoteLine {
  readonly kind: 'note';
  readonly t: number;
  readonly text: string;
}

export interface RequestLine {
  readonly kind: 'request';
  readonly t: number;
  readonly request: string;
  readonly body?: unknown;
  /** The answer's. */
  readonly code?: number;
}

export interface NodeLine {
  readonly kind: 'node';
  readonly t: number;
  readonly type: string;
  readonly get: { readonly status: string };
}

type Line =
  | StatusLine
  | EventLine
  | CommandLine
  | NoteLine
  | RequestLine
  | NodeLine
  | { readonly kind: 'rejected' }
  | {
      readonly kind: 'manifest';
      readonly scenario: string;
      readonly about: string;
      readonly objects: KubeObject[];
    }
  | { readonly kind: 'final'; readonly t: number; readonly pods: Recording['finalPods'] };

export function readRecording(file: string): Recording {
  const lines = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);
  const [manifest] = lines;
  const final = lines.at(-1);
  if (manifest?.kind !== 'manifest' || final?.kind !== 'final')
    throw new Error(`${file}: no recording of Pods`);
  const of = <K extends Line['kind']>(kind: K) =>
    lines.filter((line): line is Extract<Line, { kind: K }> => line.kind === kind);
  return {
    scenario: manifest.scenario,
    about: manifest.about,
    objects: manifest.objects,
    statuses: of('status'),
    events: of('event'),
    commands: of('command'),
    notes: of('note'),
    requests: of('request'),
    nodes: of('node'),
    hasRefusals: lines.some(({ kind }) => kind === 'rejected'),
    endMs: final.t,
    finalPods: final.pods,
  };
}
