import { AwkFailure } from './awk-tokens.ts';
import { general } from './printf.ts';

/** A number, or a text; `looks`: input that reads as a number compares as one. */
export type Value = number | string | Input;

export class Input {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** Bytes that a variable with it keeps. */
export function weightOf(value: Value | undefined): number {
  return value instanceof Input ? value.text.length : typeof value === 'string' ? value.length : 0;
}

export class Leave {
  readonly kind: 'next' | 'exit' | 'break' | 'continue' | 'return';
  readonly value: Value;
  constructor(kind: Leave['kind'], value: Value = 0) {
    this.kind = kind;
    this.value = value;
  }
}

export function compute(operator: string, a: number, b: number): number {
  if ((operator === '/' || operator === '%') && b === 0)
    throw new AwkFailure('cmd. line:1: Division by zero');
  return operator === '+'
    ? a + b
    : operator === '-'
      ? a - b
      : operator === '*'
        ? a * b
        : operator === '/'
          ? a / b
          : operator === '%'
            ? a % b
            : a ** b;
}

export function numeric(value: Value): boolean {
  return (
    typeof value === 'number' ||
    (value instanceof Input &&
      (value.text === '' || /^\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?\s*$/.test(value.text)))
  );
}

export function numberOf(value: Value): number {
  if (typeof value === 'number') return value;
  const text = value instanceof Input ? value.text : value;
  return Number(/^\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?/.exec(text)?.[0] ?? 0);
}

export function numberText(value: number): string {
  return Number.isInteger(value) && Math.abs(value) < 1e16 ? String(value) : general(value, 6);
}

export function textOf(value: Value): string {
  return typeof value === 'number' ? numberText(value) : value instanceof Input ? value.text : value;
}

export function truth(value: Value): boolean {
  if (typeof value === 'number') return value !== 0;
  if (value instanceof Input)
    return numeric(value) && value.text.trim() !== '' ? numberOf(value) !== 0 : value.text !== '';
  return value !== '';
}
