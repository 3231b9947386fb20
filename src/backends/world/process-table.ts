import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { parseStat } from '../../checks/linux/status.ts';

/** Parent of each process of this machine. */
export type ProcessTable = ReadonlyMap<number, number>;

/** From `/proc` where there is one, else from `ps` (macOS). Empty when neither answers. */
export async function processTable(): Promise<ProcessTable> {
  if (process.platform === 'linux') return fromProc();
  return new Promise((resolve) => {
    execFile('ps', ['-A', '-o', 'pid=,ppid='], { timeout: 2_000 }, (_error, output) => {
      const rows = output.split('\n').map((line) => line.trim().split(/\s+/).map(Number));
      resolve(new Map(rows.flatMap(([pid, parent]) => (pid && parent !== undefined ? [[pid, parent]] : []))));
    });
  });
}

function fromProc(): ProcessTable {
  const table = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = parseStat(readFileSync(`/proc/${name}/stat`, 'utf8'));
      if (stat !== undefined && stat.state !== 'Z') table.set(stat.pid, stat.parent);
    } catch {
      // It ended between the listing and the reading.
    }
  }
  return table;
}

/** Everything below `pid`, deepest last. */
export function descendantsOf(pid: number, table: ProcessTable): readonly number[] {
  const found: number[] = [];
  const queue = [pid];
  for (let parent = queue.shift(); parent !== undefined; parent = queue.shift())
    for (const [child, its] of table)
      if (its === parent && !found.includes(child)) {
        found.push(child);
        queue.push(child);
      }
  return found;
}
