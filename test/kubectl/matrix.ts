import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestCluster, type TestCluster } from '../helpers/cluster.ts';
import {
  type Kubectl,
  kubectlRequired,
  type Ran,
  runKubectl,
  telltaleKubectls,
} from '../helpers/kubectls.ts';

/** Text that a command prints: exactly (but for the last line's end), or by a pattern; by version where they differ. */
export type Printed = string | RegExp | ((minor: number) => string | RegExp);

/** kubectl's own, when a namespace is given with what has none. */
export const scopeWarning =
  'Warning: deleting cluster-scoped resources, not scoped to the provided namespace';

/** kubectl's own, when it is more than one minor version away from the server. */
export const skewWarning = (minor: number): RegExp =>
  Math.abs(minor - 32) > 1
    ? /^warning: version difference between client \(1\.\d+\) and server \(1\.32\) exceeds the supported minor version skew of \+\/-1$/i
    : /^$/;

export interface Command {
  /** Words after `kubectl`, split at spaces; an array where a word has spaces. */
  readonly run: string | readonly string[];
  readonly stdin?: string;
  readonly env?: { readonly [name: string]: string };
  /** Default 0. */
  readonly exit?: number;
  readonly out?: Printed;
  /** Default: nothing at all, no warning either. */
  readonly err?: Printed;
  /** Then this object, read with `kubectl get <what> -o json`, holds what is said here (the rest may be anything). */
  readonly leaves?: { readonly [what: string]: unknown };
  /** Then these are no more. */
  readonly removes?: readonly string[];
  /** First client minor version that has it. */
  readonly since?: number;
}

export interface Story {
  readonly title: string;
  /** By name, in the folder where the commands run. */
  readonly files?: { readonly [name: string]: string };
  readonly commands: readonly Command[];
}

/** Runs every story with every kubectl of `pick`, each version on a cluster of its own and each story in its namespace. */
export function describeMatrix(
  stories: readonly Story[],
  pick: (all: readonly Kubectl[]) => readonly Kubectl[],
): void {
  const all = telltaleKubectls();
  if (all.length === 0) {
    if (kubectlRequired) it('needs a kubectl', () => expect(all).not.toEqual([]));
    else it.skip('sin kubectl', () => undefined);
    return;
  }
  describe.each(pick(all))('kubectl 1.$minor', (kubectl) => {
    let here: TestCluster;
    beforeAll(async () => {
      here = await startTestCluster();
    });
    afterAll(() => here.stop());

    for (const [number, story] of stories.entries()) {
      describe(story.title, () => {
        const namespace = `caso-${number}`;
        const cwd = () => path.join(here.folder, namespace);
        const run = (argv: readonly string[], command: Partial<Command> = {}): Promise<Ran> =>
          runKubectl(kubectl, ['-n', namespace, ...argv], {
            kubeconfig: here.kubeconfig,
            home: path.join(here.folder, 'home'),
            cwd: cwd(),
            ...(command.stdin === undefined ? {} : { stdin: command.stdin }),
            ...(command.env === undefined ? {} : { env: command.env }),
          });
        beforeAll(async () => {
          await mkdir(cwd(), { recursive: true });
          for (const [name, text] of Object.entries(story.files ?? {})) {
            await mkdir(path.dirname(path.join(cwd(), name)), { recursive: true });
            await writeFile(path.join(cwd(), name), text);
          }
          const made = await run(['create', 'namespace', namespace]);
          expect(made).toEqual({ exit: 0, stdout: `namespace/${namespace} created\n`, stderr: '' });
        });
        const broken: string[] = [];
        for (const command of story.commands) {
          if (command.since !== undefined && kubectl.minor < command.since) continue;
          const words = typeof command.run === 'string' ? command.run.split(' ') : command.run;
          it(words.join(' '), async (context) => {
            // What follows rests on what came before; one failure is told once.
            if (broken.length > 0) context.skip(`tras «${broken[0]}»`);
            broken.push(words.join(' '));
            const ran = await run(words, command);
            check('stderr', ran.stderr, command.err ?? '', kubectl);
            if (command.out !== undefined) check('stdout', ran.stdout, command.out, kubectl);
            expect(ran.exit).toBe(command.exit ?? 0);
            for (const [what, expected] of Object.entries(command.leaves ?? {})) {
              const got = await run(['get', ...what.split(' '), '-o', 'json']);
              expect(got.stderr).toBe('');
              expect(JSON.parse(got.stdout), what).toMatchObject(expected as object);
            }
            for (const what of command.removes ?? []) {
              expect((await run(['get', ...what.split(' ')])).stderr, what).toContain('(NotFound)');
            }
            broken.pop();
          });
        }
      });
    }
  });
}

const tidy = (text: string) => text.replace(/\n$/, '');

function check(stream: string, got: string, expected: Printed, kubectl: Kubectl): void {
  const wanted = typeof expected === 'function' ? expected(kubectl.minor) : expected;
  if (typeof wanted === 'string') expect(tidy(got), stream).toBe(tidy(wanted));
  else expect(tidy(got), stream).toMatch(wanted);
}
