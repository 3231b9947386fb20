import { describe, expect, it } from 'vitest';
import type { HealthCheck } from '../../../../src/cluster/apiserver/contracts.ts';
import { configMap, configMaps, testServer } from '../../../helpers/apiServer.ts';

describe('the paths beside the resources', () => {
  it('tell the version, to GET alone', async () => {
    const t = await testServer();
    const { body } = await t.send('GET', '/version');
    expect(body).toMatchObject({ major: '1', minor: '32', gitVersion: 'v1.32.0', platform: 'linux/amd64' });
    expect((await t.send('POST', '/version')).code).toBe(405);
  });

  it('list themselves', async () => {
    const t = await testServer();
    const { body } = await t.send('GET', '/');
    const { paths } = body as unknown as { paths: string[] };
    expect(paths).toEqual([...paths].sort());
    expect(paths).toEqual(
      expect.arrayContaining(['/healthz', '/healthz/ping', '/metrics', '/readyz/shutdown', '/version']),
    );
  });

  it('count what happens', async () => {
    const t = await testServer();
    await t.send('POST', configMaps(), { body: configMap('a') });
    await t.send('GET', `${configMaps()}/a`);
    await t.send('GET', '/api/v1/namespaces/default/nada/"}\n');
    const { text, headers } = await t.send('GET', '/metrics');
    expect(headers['content-type']).toContain('version=0.0.4');
    expect(text).toContain(
      'apiserver_request_total{code="201",group="",resource="configmaps",subresource="",verb="CREATE",version="v1"} 1\n',
    );
    expect(text).toContain('apiserver_storage_objects{resource="configmaps"} 1\n');
    expect(text).toMatch(/apiserver_request_duration_seconds_bucket\{[^}]*verb="GET"[^}]*le="\+Inf"\} 1\n/);
    for (const line of text.trimEnd().split('\n'))
      expect(line).toMatch(/^(# (HELP|TYPE) \S+ .+|[a-z_]+(\{([a-z]+="[^"\\]*",?)*\})? [\d.e+-]+)$/);
  });
});

describe('the health of the server', () => {
  const broken: HealthCheck = { name: 'horno', on: ['readyz'], check: () => 'frío' };

  it('is told shortly, at length, without some and one by one', async () => {
    const t = await testServer();
    expect((await t.send('GET', '/healthz')).text).toBe('ok');
    const { text } = await t.send('GET', '/livez?verbose&exclude=log');
    expect(text.split('\n').slice(0, 3)).toEqual(['[+]ping ok', '[+]log excluded: ok', '[+]etcd ok']);
    expect(text).toMatch(/livez check passed\n$/);
    const ready = (await t.send('GET', '/readyz?verbose')).text.split('\n');
    expect(ready[2]).toBe('[+]informer-sync ok');
    expect(ready.slice(-3)).toEqual(['[+]shutdown ok', 'readyz check passed', '']);
    expect((await t.send('GET', '/healthz/ping')).text).toBe('ok');
    expect((await t.send('GET', '/healthz/nada')).code).toBe(404);
  });

  it('fails where a check does, and only there', async () => {
    const t = await testServer({ parts: () => ({ checks: [broken] }) });
    const { code, text } = await t.send('GET', '/readyz');
    expect(code).toBe(500);
    expect(text).toContain('[-]horno failed: reason withheld');
    expect((await t.send('GET', '/livez')).code).toBe(200);
    expect((await t.send('GET', '/readyz?exclude=horno')).text).toBe('ok');
    expect((await t.send('GET', '/metrics/slis')).text).toContain(
      'kubernetes_healthcheck{name="horno",type="readyz"} 0',
    );
  });

  it('ends with the server', async () => {
    const t = await testServer();
    t.server.close();
    expect((await t.send('GET', '/readyz')).code).toBe(500);
  });
});
