import { echoText } from '../../programs/text/echo.ts';
import { formatted } from '../../programs/text/printf.ts';
import { evaluateTest } from '../../programs/text/test.ts';
import type { Builtin } from '../host.ts';

/** Built-ins that are programs elsewhere. */
export const output: { readonly [name: string]: Builtin } = {
  echo: async (shell, args) => {
    const wait = shell.sys.out(echoText(args.slice(1)));
    if (wait !== undefined) await wait;
    return 0;
  },
  printf: async (shell, args) => {
    if (args.length < 2) {
      await shell.sys.err('usage: printf FORMAT [ARG]...\n');
      return 1;
    }
    const { text, problems } = formatted(args[1] === '--' ? args.slice(2) : args.slice(1));
    await shell.sys.out(text);
    for (const problem of problems) await shell.sys.err(`${shell.state.name}: ${problem}\n`);
    return problems.length > 0 ? 1 : 0;
  },
  test: (shell, args) => runTest(shell, args.slice(1), 'test'),
  '[': (shell, args) => bracket(shell, args, ']'),
  '[[': (shell, args) => bracket(shell, args, ']]'),
};

const bracket: (...args: [...Parameters<Builtin>, string]) => Promise<number> = async (shell, args, end) => {
  if (args.at(-1) !== end) {
    await shell.complain(`missing ${end}`);
    return 2;
  }
  return runTest(shell, args.slice(1, -1), end === ']' ? '[' : '[[');
};

async function runTest(
  shell: Parameters<Builtin>[0],
  args: readonly string[],
  name: string,
): Promise<number> {
  const result = evaluateTest(shell.sys, args, name === '[[');
  if (typeof result === 'boolean') return result ? 0 : 1;
  await shell.complain(result);
  return 2;
}
