import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { systemRandom } from '../../src/base/random.ts';
import { FaultRefused } from '../../src/cluster/control/contract.ts';
import { placePhoto, readPhoto, startCluster } from '../../src/cluster/index.ts';
import { ClusterRefused } from '../../src/cluster/options.ts';
import { AdminClient } from './https-client.ts';

const configMaps = '/api/v1/namespaces/default/configmaps';

async function home(): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'curso foto '));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

const start = (folder: string, masters: 1 | 3) =>
  startCluster({
    folder,
    masters,
    assets: path.join(import.meta.dirname, '../../assets'),
    owner: undefined,
    clock: systemClock,
    random: systemRandom,
    port: 0,
    nodes: 0,
    speed: 1,
    scheduler: false,
    controllers: ['namespace-controller'],
    admissionOff: [],
    authorization: 'rbac',
  });

it('brings back what there was, also with another number of masters', async () => {
  const folder = await home();
  const file = path.join(folder, 'la foto.json');
  const before = await start(path.join(folder, 'uno'), 1);
  const writer = new AdminClient(before.kubeconfig);
  const made = await writer.send('POST', configMaps, { metadata: { name: 'receta' }, data: { pan: 'sí' } });
  expect(made.status).toBe(201);
  await before.save(file);
  await expect(before.save(path.join(file, 'dentro de un archivo'))).rejects.toThrow(FaultRefused);
  writer.close();
  await before.stop();

  const data = path.join(folder, 'tres');
  await placePhoto(await readPhoto(file), data, 3, undefined, systemClock);
  const after = await start(data, 3);
  const reader = new AdminClient(after.kubeconfig);
  const found = await reader.send('GET', `${configMaps}/receta`);
  expect(found).toMatchObject({ status: 200, body: { data: { pan: 'sí' } } });
  expect((await reader.send('POST', configMaps, { metadata: { name: 'otra' } })).status).toBe(201);
  reader.close();
  await after.stop();
}, 60_000);

it('is refused when it is damaged, of another version or none', async () => {
  const folder = await home();
  const file = path.join(folder, 'la foto.json');
  const cluster = await start(path.join(folder, 'uno'), 1);
  await cluster.save(file);
  await cluster.stop();
  const whole = JSON.parse(await readFile(file, 'utf8')) as { readonly [key: string]: unknown };
  const refused = async (text: string) => {
    await writeFile(file, text);
    const error: unknown = await readPhoto(file).catch((why: unknown) => why);
    expect(error).toBeInstanceOf(ClusterRefused);
    return error instanceof Error ? error.message : '';
  };
  expect(await refused('')).toContain('no es JSON');
  expect(await refused('null')).toContain('le falta la marca');
  expect(await refused(JSON.stringify({ ...whole, version: 3 }))).toContain('es de la versión 3');
  expect(await refused(JSON.stringify({ ...whole, index: -1 }))).toContain('le faltan datos');
  expect(await refused(JSON.stringify({ ...whole, sha256: 'x' }))).toContain('está dañada');
  expect(await refused(JSON.stringify({ ...whole, data: 'AAAA' }))).toContain('está dañada');
  await expect(readPhoto(folder)).rejects.toThrow('No se puede leer');
  await expect(readPhoto(path.join(folder, 'nada'))).rejects.toThrow('No existe el archivo');
}, 60_000);
