import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { replayPods } from '../../src/dev/golden-pods.ts';

const folder = path.join(import.meta.dirname, '../fixtures/golden/pods');
const assets = path.join(import.meta.dirname, '../../assets');
const scenarios = readdirSync(folder)
  .filter((name) => name.endsWith('.jsonl'))
  .map((name) => name.slice(0, -'.jsonl'.length));

/** Scenarios that come out otherwise, with the reason. One that is here and passes is a mistake as well. */
const differences: { readonly [scenario: string]: string } = {};

describe('how Pods lived on a real kubelet', () => {
  it.each(scenarios)(
    '%s',
    async (scenario) => {
      const [result] = await replayPods({ folder, areas: [scenario], assets, onResult: () => undefined });
      expect(result?.total).toBe(1);
      const [failed] = result?.failed ?? [];
      if (differences[scenario] === undefined) expect(failed?.difference).toBeUndefined();
      else expect(failed).toBeDefined();
    },
    240_000,
  );

  it('comes out the same each time', async () => {
    const seen: string[] = [];
    const options = {
      folder,
      assets,
      areas: ['crash-then-recover', 'sidecar', 'probe-readiness-flapping'],
      onResult: () => undefined,
      onSeen: (one: object) => seen.push(JSON.stringify(one)),
    };
    const first = await replayPods(options);
    const second = await replayPods(options);
    expect(second).toEqual(first);
    expect(seen.slice(seen.length / 2)).toEqual(seen.slice(0, seen.length / 2));
  });
});

describe('a recording that nobody has seen', () => {
  let own: string;
  beforeEach(() => {
    own = mkdtempSync(path.join(os.tmpdir(), 'grabaciones-'));
  });
  afterEach(() => {
    rmSync(own, { recursive: true, force: true });
  });

  const play = async (name: string, change: (text: string) => string) => {
    const text = change(readFileSync(path.join(folder, `${name}.jsonl`), 'utf8').trim());
    writeFileSync(path.join(own, 'nueva.jsonl'), text);
    const [result] = await replayPods({ folder: own, areas: ['nueva'], assets, onResult: () => undefined });
    return result?.failed[0]?.difference;
  };
  /** After the first line. */
  const adding = (line: object) => (text: string) => text.replace('\n', `\n${JSON.stringify(line)}\n`);

  it('is played with its own names, and with images that are not in the catalogue', async () => {
    const renamed = (text: string) =>
      text
        .replaceAll('"p"', '"horno"')
        .replaceAll('Pod/p', 'Pod/horno')
        .replaceAll('default/p ', 'default/horno ')
        .replaceAll('p_default', 'horno_default')
        .replaceAll('busybox:1.37', 'registry.example/course/otra:7');
    expect(await play('crash-then-recover', renamed)).toBeUndefined();
  });

  it('says what it holds that is not done here, when it comes out otherwise', async () => {
    const strange = (text: string) => text.replaceAll('kubelet stopped', 'the moon was taken away');
    expect(await play('kubelet-restart', strange)).toMatch(
      /^not done here: note "the moon was taken away"\n {2}pod p: /,
    );
    const command = {
      kind: 'command',
      t: 500,
      ms: 9,
      command: 'kubectl autoscale deploy x',
      exit: 0,
      stdout: '',
      stderr: '',
    };
    expect(await play('exit0-never', adding(command))).toBeUndefined();
  });

  it('may hold lines of other kinds, objects that were refused, and calls that failed', async () => {
    expect(await play('exit0-never', adding({ kind: 'otra', t: 1 }))).toBeUndefined();
    const request = 'PATCH /api/v1/namespaces/default/pods/nadie/status';
    expect(
      await play(
        'exit0-never',
        adding({ kind: 'request', t: 900, request, body: { status: {} }, code: 404 }),
      ),
    ).toBeUndefined();
    const unknown = (text: string) =>
      text.replace(
        '"objects":[',
        '"objects":[{"apiVersion":"a.b/v1","kind":"Horno","metadata":{"name":"x"}},',
      );
    expect(await play('exit0-never', unknown)).toBe('no kind Horno of a.b/v1 here');
    expect(
      await play('exit0-never', (text) => adding({ kind: 'rejected', t: 0 })(unknown(text))),
    ).toBeUndefined();
  });

  it('that is cut off fails alone', async () => {
    expect(await play('exit0-never', (text) => text.slice(0, -40))).toMatch(/^failed: SyntaxError/);
  });

  it('may take away the network of its node and give it back', async () => {
    const notes = (text: string) =>
      [
        { kind: 'note', t: 5000, text: 'CNI configuration moved away' },
        { kind: 'note', t: 9000, text: 'CNI configuration put back' },
      ].reduce((result, note) => adding(note)(result), text);
    // Shorter than what anybody notices of what runs already.
    expect(await play('running-nginx', notes)).toBeUndefined();
  });
});
