// `npm start`: installs what is missing, builds what changed and opens the course in this terminal.
import path from 'node:path';
import { ensureBuilt, ensureInstalled, requireNode, root, run } from './project.mjs';

requireNode();
await ensureInstalled();
await ensureBuilt();
process.exitCode = await run(
  process.execPath,
  [path.join(root, 'dist', 'cli.js'), ...process.argv.slice(2)],
  {
    // The course works where the learner is, not where the repository is.
    cwd: process.env.INIT_CWD ?? process.cwd(),
  },
);
