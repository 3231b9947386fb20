#!/usr/bin/env node
import { fileURLToPath } from 'node:url';
import packageJson from '../package.json' with { type: 'json' };

/**
 * Arguments → one command → exit code. Nothing heavy is imported here: each start pays for what it uses only, and
 * `--version` for nothing.
 */
const argv = process.argv.slice(2);

// Whoever reads us may stop before we end (`curso lecciones | head`): that is not an error.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    if (stream === process.stdout)
      process.stderr.write(`curso: no se puede escribir la salida (${error.code}).\n`);
    process.exit(1);
  });
}

if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) {
  process.stdout.write(`${packageJson.version}\n`);
} else {
  const { main } = await import('./commands/main.ts');
  const exitCode = await main(argv, packageJson.version, fileURLToPath(new URL('..', import.meta.url)));
  // Files opened in the background (sockets, watchers) must not keep a finished command alive.
  process.stdout.write('', () => process.exit(exitCode));
}
