import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findKubectls, kubectlRequired } from '../helpers/kubectls.ts';
import { type ClusterHome, openClusterHome } from './clusters.ts';

const newest = findKubectls().at(-1)?.file;

describe('kubectl, passed through', () => {
  let home: ClusterHome;
  beforeAll(() => {
    home = openClusterHome();
  });
  afterAll(() => home.close());
  const kubectl = (input: string, ...args: readonly string[]) =>
    home.runWith({ input, env: { CURSO_KUBECTL: newest ?? '' } }, 'kubectl', ...args);

  it('is there where it is required', () => {
    expect(newest !== undefined || !kubectlRequired).toBe(true);
  });

  it.skipIf(newest === undefined)('gets options, input and exit codes untouched', async () => {
    expect((await home.run('cluster', 'iniciar', '--masters=1')).code).toBe(0);
    const names = await kubectl('', '-n', 'kube-system', 'get', 'ns', '--no-headers', '-o', 'name');
    expect(names).toMatchObject({ code: 0, stderr: '' });
    expect(names.stdout).toContain('namespace/kube-system\n');
    const text = '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"uno"},"data":{"a":"á"}}';
    expect((await kubectl(text, 'apply', '-f', '-')).stdout).toBe('configmap/uno created\n');
    const refused = await kubectl('', 'get', 'nada');
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toContain('the server doesn\'t have a resource type "nada"');
    const env = { CURSO_KUBECTL: newest ?? '' };
    const general = await home.runWith({ env }, '--accesible', 'kubectl', 'get', 'cm', 'uno', '-o', 'name');
    expect(general).toMatchObject({ code: 0, stdout: 'configmap/uno\n' });
  });

  it.skipIf(newest === undefined)('explains fields, and goes on without a master', async () => {
    const explained = await kubectl('', 'explain', 'pod.spec.restartPolicy');
    expect(explained.stdout).toMatch(/FIELD: restartPolicy <string>/);
    expect(explained.stdout).toContain('Always');
    await home.run('cluster', 'detener');
    await home.run('cluster', 'iniciar');
    const kept = await kubectl('', 'get', 'cm', 'uno', '-o', 'jsonpath={.data.a}');
    expect(kept).toMatchObject({ code: 0, stdout: 'á' });
  });

  it('says so when there is none', async () => {
    await home.run('cluster', 'iniciar', '--masters=1');
    const none = await home.runWith({ env: { CURSO_KUBECTL: '/no/hay' } }, 'kubectl', 'get', 'ns');
    expect(none).toMatchObject({ code: 3, stdout: '' });
    expect(none.stderr).toContain('curso doctor');
  });

  it('tells the signal that ended it as a shell does', async () => {
    const file = path.join(home.folder, 'kubectl');
    writeFileSync(file, '#!/bin/sh\n[ "$1" = caer ] && kill -INT $$\nexit "$1"\n', { mode: 0o755 });
    const env = { CURSO_KUBECTL: file };
    expect((await home.runWith({ env }, 'kubectl', 'caer')).code).toBe(130);
    expect((await home.runWith({ env }, 'kubectl', '42')).code).toBe(42);
  });
});
