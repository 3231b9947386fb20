import { describe, expect, it } from 'vitest';
import { runBounded } from '../../src/base/process.ts';

const node = (script: string) => [process.execPath, '-e', script];

describe('running a program with limits', () => {
  it('gives its output and exit code', async () => {
    const done = await runBounded(node('console.log("hola"); console.error("uy"); process.exit(3)'), {
      timeoutMs: 5_000,
    });
    expect(done).toMatchObject({
      exitCode: 3,
      stdout: 'hola',
      stderr: 'uy',
      missing: false,
      timedOut: false,
    });
  });

  it('says that there is no such program', async () => {
    expect(await runBounded(['no-existe-este-programa'], { timeoutMs: 1_000 })).toMatchObject({
      missing: true,
    });
  });

  it('ends one that does not end, even if it ignores being asked', async () => {
    const stubborn = node('process.on("SIGTERM", () => {}); setInterval(() => {}, 1000)');
    const done = await runBounded(stubborn, { timeoutMs: 300 });
    expect(done.timedOut).toBe(true);
    expect(done.exitCode).toBeUndefined();
  });

  it('keeps an endless output bounded', async () => {
    const endless = node(
      'const s = "x".repeat(65536); (function w() { while (process.stdout.write(s)); process.stdout.once("drain", w); })()',
    );
    const done = await runBounded(endless, { timeoutMs: 10_000, maxBytes: 1_000 });
    expect(done.stdout.length).toBe(1_000);
    expect(done.timedOut).toBe(false);
  });
});
