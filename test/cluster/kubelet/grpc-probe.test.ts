import { beforeAll, describe, expect, it } from 'vitest';
import { grpcProbe } from '../../../src/cluster/kubelet/probes/grpc.ts';
import { simulatedWorld, type World } from './runtimes/simulated/world.ts';

let world: World;
beforeAll(async () => {
  world = await simulatedWorld();
});

const image = 'registry.k8s.io/e2e-test-images/agnhost:2.53';

async function start(...args: string[]) {
  const started = await world.run(image, { command: ['/agnhost', ...args] });
  await world.clock.advance(1000);
  const ip = world.runtime.sandboxes().find(({ id }) => id === started.sandbox)?.ip ?? '';
  return { ...started, ip };
}

async function probe(ip: string, { port = 5000, service = '' } = {}): Promise<string> {
  const asked = grpcProbe(world.clock, world.network.host(), { ip, port, service }, 1000);
  await world.clock.advance(2000);
  return (await asked) ?? 'success';
}

describe('a gRPC probe', () => {
  it('asks for the health of a service, and takes no other for it', async () => {
    const { ip } = await start('grpc-health-checking', '--service=bread');
    expect(await probe(ip, { service: 'bread' })).toBe('success');
    expect(await probe(ip)).toBe(
      'error: health rpc probe failed: rpc error: code = NotFound desc = unknown service',
    );
    const long = 'b'.repeat(200);
    const other = await start('grpc-health-checking', `--service=${long}`);
    expect(await probe(other.ip, { service: long })).toBe('success');
  });

  it('hears when it serves no longer, by time or because somebody said so', async () => {
    const { ip, exec } = await start('grpc-health-checking', '--delay-unhealthy-sec=10');
    expect(await probe(ip)).toBe('success');
    await world.clock.advance(10_000);
    expect(await probe(ip)).toBe('service unhealthy (responded with "NOT_SERVING")');
    await exec(['curl', '-s', 'localhost:8080/make-serving']);
    await world.clock.advance(100);
    expect(await probe(ip)).toBe('service unhealthy (responded with "NOT_SERVING")');
    const second = await start('grpc-health-checking');
    expect((await second.exec(['curl', '-s', 'localhost:8080/make-not-serving'])).code).toBe(0);
    expect(await probe(second.ip)).toBe('service unhealthy (responded with "NOT_SERVING")');
    await second.exec(['curl', '-s', 'localhost:8080/make-serving']);
    expect(await probe(second.ip)).toBe('success');
  });

  it('never comes about with who speaks something else, nor with nobody', async () => {
    const { ip } = await start('netexec', '--http-port=8080');
    const failed = (port: number) =>
      `timeout: failed to connect service "${ip}:${port}" within 1s: context deadline exceeded`;
    expect(await probe(ip, { port: 8080 })).toBe(failed(8080));
    expect(await probe(ip, { port: 9 })).toBe(failed(9));
  });
});
