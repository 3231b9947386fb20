import type { Clock } from '../../base/clock.ts';
import type { Backend, DockerView, KubeView, LinuxView } from '../../checks/backend.ts';
import type { Attempt, Exercise } from '../../course/model.ts';
import type { CleanReport, World, WorldFacts } from '../../course/world.ts';
import { createFilesView } from '../files.ts';
import { type Environment, shellEnvironment } from './environment.ts';
import { endMarkedProcesses } from './processes.ts';
import { cleanProofHost } from './proof-cleaning.ts';
import { openHostShell } from './shell.ts';
import { hostTerminal } from './terminal.ts';

/** What a world on this machine needs to know, whatever it looks at. */
export interface Surroundings {
  readonly clock: Clock;
  readonly env: Environment;
  /** Absolute working folder of an attempt. */
  readonly folderOf: (attempt: Attempt) => string;
  /** Where a shell starts when there is no attempt. */
  readonly courseFolder: string;
}

/** The cluster part of a world, as far as it needs it. */
export interface ClusterPart {
  viewFor(folder: string): KubeView;
  onChange(listener: () => void): () => void;
  /** What the learner's kubectl finds the cluster by. */
  environment(attempt: Attempt | undefined, folder: string): { readonly [name: string]: string };
  /** Removes what carries the attempt's label. */
  clean(token: string): Promise<CleanReport>;
  /** `clean`, and what has a name that was drawn for the attempt. */
  cleanProof(attempt: Attempt, played: string): Promise<CleanReport>;
  begin(
    attempt: Attempt,
    folder: string,
    exercise: Pick<Exercise, 'needs'>,
    signal: AbortSignal,
  ): Promise<void>;
  begun(attempt: Attempt): Promise<boolean>;
  putBack(signal: AbortSignal): Promise<void>;
}

/** The Docker part of a world, as far as it needs it. */
export interface DockerPart {
  readonly view: DockerView;
  onChange(listener: () => void): () => void;
  clean(token: string): Promise<CleanReport>;
  cleanProof(attempt: Attempt): Promise<CleanReport>;
}

/** A world whose shells run on this machine: as root, in user namespaces, next to Docker, or with files only. */
export function createHostWorld(
  around: Surroundings,
  facts: WorldFacts,
  parts: { readonly linux?: LinuxView; readonly docker?: DockerPart; readonly cluster?: ClusterPart },
): World {
  const environment = (attempt: Attempt | undefined, folder: string) => ({
    ...shellEnvironment(around.env, attempt, facts, folder),
    ...parts.cluster?.environment(attempt, folder),
  });
  const folderOf = (attempt: Attempt | undefined) =>
    attempt === undefined ? around.courseFolder : around.folderOf(attempt);
  const { linux, docker, cluster } = parts;
  return {
    facts,
    async openBackend(attempt): Promise<Backend> {
      return {
        files: createFilesView(around.folderOf(attempt)),
        ...(linux === undefined ? {} : { linux }),
        ...(docker === undefined ? {} : { docker: docker.view }),
        ...(cluster === undefined ? {} : { cluster: cluster.viewFor(around.folderOf(attempt)) }),
        missing: facts.missing,
        // Linux itself has no events for most of what we look at: its kinds say how often to look.
        onChange: (listener) => (docker ?? cluster)?.onChange(listener) ?? (() => {}),
        close: async () => {},
      };
    },
    openShell(attempt) {
      const folder = around.folderOf(attempt);
      return openHostShell({ clock: around.clock, cwd: folder, env: environment(attempt, folder) });
    },
    interactive(attempt) {
      const folder = folderOf(attempt);
      return hostTerminal(around.env, environment(attempt, folder), attempt, folder);
    },
    async clean(token) {
      return joinReports([
        await endMarkedProcesses(token, around.clock),
        ...(docker === undefined ? [] : [await docker.clean(token)]),
        ...(cluster === undefined ? [] : [await cluster.clean(token)]),
      ]);
    },
    ...(cluster === undefined
      ? {}
      : {
          begin: (attempt, exercise, signal) =>
            cluster.begin(attempt, around.folderOf(attempt), exercise, signal),
          begun: (attempt) => cluster.begun(attempt),
          putBack: (signal) => cluster.putBack(signal),
        }),
    async cleanProof(attempt, played = '') {
      return joinReports([
        await endMarkedProcesses(attempt.token, around.clock),
        ...(docker === undefined ? [] : [await docker.cleanProof(attempt)]),
        ...(cluster === undefined ? [] : [await cluster.cleanProof(attempt, played)]),
        await cleanProofHost(attempt, around.folderOf(attempt), around.clock),
      ]);
    },
  };
}

export function joinReports(reports: readonly CleanReport[]): CleanReport {
  return {
    removed: reports.flatMap((report) => report.removed),
    left: reports.flatMap((report) => report.left),
  };
}
