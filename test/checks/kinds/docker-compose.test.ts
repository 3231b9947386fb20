import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { JsonObject } from '../../../src/base/json.ts';
import { fieldAt } from '../../../src/checks/fields.ts';
import { dockerCompose } from '../../../src/checks/kinds/docker-compose.ts';
import { emptyBackend } from '../../helpers/checks.ts';
import { composeEnvironment, describeWithDocker } from '../../helpers/engine.ts';

const env = await composeEnvironment();
const project = `panaderia-${process.pid}`;
const file = (condition: string, interval: string) => `name: ${project}
services:
  libreta:
    image: redis:8-alpine
    labels: { curso-k8s: prueba-compose }
    healthcheck: { test: [CMD, redis-cli, ping], interval: ${interval}, retries: 20 }
  pedidos:
    image: busybox:1.37
    command: [sleep, "300"]
    init: true
    labels: { curso-k8s: prueba-compose }
    depends_on: ${condition}
`;

/** The real plug-in: what it labels and in which order it starts is what the kind relies on. */
describeWithDocker(
  `docker.compose with the real docker compose${env === undefined ? ' (sin docker compose)' : ''}`,
  (link) => {
    let folder: string;
    const compose = (...args: string[]) =>
      promisify(execFile)('docker', ['compose', ...args], { cwd: folder, env: env ?? process.env });
    const see = async (): Promise<JsonObject> => {
      const attempt = { exerciseId: '2.4.b', startedAtMs: 0, folder, answers: {}, failures: 0 };
      const backend = { ...emptyBackend(), docker: link().view };
      const context = { backend, scope: {}, attempt, signal: new AbortController().signal };
      const observation = await dockerCompose.observe(context, { proyecto: project });
      expect(observation.state).toBe('found');
      return observation.value;
    };
    const started = async (service: string) => {
      const seen = await see();
      return fieldAt(seen, `servicios.${service}.contenedores[0]`) as JsonObject;
    };

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'compose-'));
    });
    afterAll(async () => {
      if (env !== undefined) {
        // `down` leaves one-off containers, and with them their network.
        const filter = `label=com.docker.compose.project=${project}`;
        const { stdout } = await promisify(execFile)('docker', ['ps', '-aq', '--filter', filter]);
        await promisify(execFile)('docker', ['rm', '-fv', ...stdout.trim().split('\n')]);
        await compose('down', '-v', '-t', '0');
      }
      await rm(folder, { recursive: true });
    });

    test.skipIf(env === undefined)(
      'a service that waits starts after the other one was first healthy',
      async () => {
        await writeFile(
          join(folder, 'compose.yaml'),
          file('{ libreta: { condition: service_healthy } }', '300ms'),
        );
        await compose('up', '-d');
        const libreta = await started('libreta');
        const pedidos = await started('pedidos');
        expect(libreta).toMatchObject({ Health: 'healthy', sanoDesde: expect.any(String) });
        expect(String(libreta['sanoDesde']) <= String(pedidos['StartedAt'])).toBe(true);
        expect((pedidos['etiquetas'] as JsonObject)['com.docker.compose.depends_on']).toContain(
          'service_healthy',
        );
      },
      240_000,
    );

    test.skipIf(env === undefined)(
      'one that does not wait starts before',
      async () => {
        await compose('down', '-v', '-t', '0');
        // The first probe comes an interval after the start: time enough for the other to start on a slow machine.
        await writeFile(join(folder, 'compose.yaml'), file('[libreta]', '4s'));
        await compose('up', '-d');
        await vi.waitFor(
          async () => expect(await started('libreta')).toMatchObject({ Health: 'healthy' }),
          60_000,
        );
        const libreta = await started('libreta');
        const pedidos = await started('pedidos');
        expect(String(libreta['sanoDesde']) > String(pedidos['StartedAt'])).toBe(true);
      },
      240_000,
    );

    test.skipIf(env === undefined)(
      'scaling and one-off runs',
      async () => {
        await compose('up', '-d', '--scale', 'pedidos=3');
        await compose('run', '-d', 'pedidos', 'sleep', '100');
        expect(await see()).toMatchObject({
          servicios: { pedidos: { total: 3, enMarcha: 3 }, libreta: { total: 1 } },
          total: 4,
        });
      },
      240_000,
    );
  },
);
