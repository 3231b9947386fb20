import type { Syscalls } from '../../process/syscalls.ts';
import { fail } from '../kit.ts';
import { toRegExp } from './regex.ts';

export async function expr(sys: Syscalls): Promise<number> {
  const args = sys.args.slice(1);
  let at = 0;
  const failure = (text: string) => new SyntaxError(text);
  const levels = [['|'], ['&'], ['=', '==', '!=', '<', '<=', '>', '>='], ['+', '-'], ['*', '/', '%'], [':']];
  const isTrue = (text: string) => text !== '' && text !== '0';
  const primary = (): string => {
    const token = args[at++];
    if (token === undefined) throw failure('syntax error');
    if (token === '(') {
      const value = level(0);
      if (args[at++] !== ')') throw failure('syntax error');
      return value;
    }
    if (token === 'length' && at < args.length) return String([...primary()].length);
    if (token === 'substr') {
      const [text, from, count] = [primary(), Number(primary()), Number(primary())];
      return [...text].slice(from - 1, from - 1 + count).join('');
    }
    if (token === 'index') {
      const [text, chars] = [primary(), primary()];
      return String([...text].findIndex((char) => chars.includes(char)) + 1);
    }
    if (token === 'match') return matched(primary(), primary());
    return token;
  };
  const matched = (text: string, pattern: string): string => {
    const match = toRegExp(`^${pattern.replace(/^\^/, '')}`, true)?.exec(text.slice(0, 10_000));
    return match === null || match === undefined
      ? pattern.includes('\\(')
        ? ''
        : '0'
      : match.length > 1
        ? (match[1] ?? '')
        : String(match[0].length);
  };
  const level = (depth: number): string => {
    if (depth === levels.length) return primary();
    let left = level(depth + 1);
    while (levels[depth]?.includes(args[at] ?? '') === true) {
      const operator = args[at++] ?? '';
      left = apply(operator, left, level(depth + 1));
    }
    return left;
  };
  const apply = (operator: string, left: string, right: string): string => {
    if (operator === ':') return matched(left, right);
    if (operator === '|') return isTrue(left) ? left : isTrue(right) ? right : '0';
    if (operator === '&') return isTrue(left) && isTrue(right) ? left : '0';
    const numeric = /^-?\d+$/.test(left) && /^-?\d+$/.test(right);
    if ('+-*/%'.includes(operator)) {
      if (!numeric) throw failure('non-numeric argument');
      const [a, b] = [BigInt(left), BigInt(right)];
      if ('/%'.includes(operator) && b === 0n) throw failure('division by zero');
      return String(
        operator === '+'
          ? a + b
          : operator === '-'
            ? a - b
            : operator === '*'
              ? a * b
              : operator === '/'
                ? a / b
                : a % b,
      );
    }
    const order = numeric ? Number(BigInt(left) - BigInt(right)) : left < right ? -1 : left > right ? 1 : 0;
    const holds = {
      '=': order === 0,
      '==': order === 0,
      '!=': order !== 0,
      '<': order < 0,
      '<=': order <= 0,
      '>': order > 0,
      '>=': order >= 0,
    }[operator];
    return holds === true ? '1' : '0';
  };
  try {
    const result = level(0);
    if (at < args.length) throw failure('syntax error');
    await sys.out(`${result}\n`);
    return isTrue(result) ? 0 : 1;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return fail(sys, error.message, 2);
  }
}
