/** Where an expression's variables live. */
export interface Variables {
  get(name: string): string | undefined;
  set(name: string, value: string): void;
}

/** As the shell says it. */
export class ArithmeticFailure extends Error {}

const tokens =
  /\s*(\d+#\w+|\d\w*|[A-Za-z_]\w*|<<=|>>=|\*\*|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|[-+*/%&|^~!<>=?:(),])/y;
const levels: readonly (readonly string[])[] = [
  ['||'],
  ['&&'],
  ['|'],
  ['^'],
  ['&'],
  ['==', '!='],
  ['<=', '>=', '<', '>'],
  ['<<', '>>'],
  ['+', '-'],
  ['*', '/', '%'],
];
const assigning = new Set(['=', '+=', '-=', '*=', '/=', '%=', '<<=', '>>=', '&=', '|=', '^=']);

/** `$((…))` in 64 bits with a sign, as ash counts. Throws `ArithmeticFailure`. */
export function arithmetic(expression: string, variables: Variables, depth = 0): bigint {
  if (depth > 20) throw new ArithmeticFailure('expression recursion loop detected');
  const parser = new Expression(expression, variables, depth);
  return parser.whole();
}

class Expression {
  readonly #tokens: string[] = [];
  readonly #variables: Variables;
  readonly #depth: number;
  #at = 0;
  #nesting = 0;
  /** Inside the part of `&&`, `||` or `?:` that does not count. */
  #idle = 0;

  constructor(text: string, variables: Variables, depth: number) {
    this.#variables = variables;
    this.#depth = depth;
    tokens.lastIndex = 0;
    const trimmed = text.trimEnd();
    while (tokens.lastIndex < trimmed.length) {
      const match = tokens.exec(trimmed);
      if (match === null) throw new ArithmeticFailure('arithmetic syntax error');
      this.#tokens.push(match[1] ?? '');
    }
  }

  whole(): bigint {
    if (this.#tokens.length === 0) return 0n;
    const value = this.#comma();
    if (this.#at < this.#tokens.length) throw new ArithmeticFailure('arithmetic syntax error');
    return value;
  }

  #comma(): bigint {
    let value = this.#assignment();
    while (this.#accept(',')) value = this.#assignment();
    return value;
  }

  #assignment(): bigint {
    if (++this.#nesting > 200) throw new ArithmeticFailure('arithmetic syntax error');
    const name = this.#tokens[this.#at] ?? '';
    const operator = this.#tokens[this.#at + 1] ?? '';
    let value: bigint;
    if (/^[A-Za-z_]/.test(name) && assigning.has(operator)) {
      this.#at += 2;
      const right = this.#assignment();
      value = operator === '=' ? right : this.#apply(operator.slice(0, -1), this.#valueOf(name), right);
      this.#store(name, value);
    } else value = this.#conditional();
    this.#nesting--;
    return value;
  }

  #conditional(): bigint {
    const test = this.#binary(0);
    if (!this.#accept('?')) return test;
    const first = this.#when(test !== 0n, () => this.#assignment());
    if (!this.#accept(':')) throw new ArithmeticFailure('malformed ?: operator');
    const second = this.#when(test === 0n, () => this.#assignment());
    return test !== 0n ? first : second;
  }

  #binary(level: number): bigint {
    const operators = levels[level];
    if (operators === undefined) return this.#power();
    let left = this.#binary(level + 1);
    for (;;) {
      const operator = this.#tokens[this.#at] ?? '';
      if (!operators.includes(operator)) return left;
      this.#at++;
      if (operator === '&&' || operator === '||') {
        const decided = operator === '&&' ? left === 0n : left !== 0n;
        const right = this.#when(!decided, () => this.#binary(level + 1));
        left = (decided ? operator === '||' : right !== 0n) ? 1n : 0n;
      } else left = this.#apply(operator, left, this.#binary(level + 1));
    }
  }

  #power(): bigint {
    const base = this.#unary();
    if (!this.#accept('**')) return base;
    const exponent = this.#power();
    if (exponent < 0n) throw new ArithmeticFailure('exponent less than 0');
    return base === 0n || base === 1n ? base : wrap(base ** (exponent > 4096n ? 4096n : exponent));
  }

  #unary(): bigint {
    if (++this.#nesting > 400) throw new ArithmeticFailure('arithmetic syntax error');
    const value = this.#unaryValue();
    this.#nesting--;
    return value;
  }

  #unaryValue(): bigint {
    if (this.#accept('!')) return this.#unary() === 0n ? 1n : 0n;
    if (this.#accept('~')) return ~this.#unary();
    if (this.#accept('-')) return wrap(-this.#unary());
    if (this.#accept('+')) return this.#unary();
    for (const [operator, step] of [
      ['++', 1n],
      ['--', -1n],
    ] as const) {
      if (!this.#accept(operator)) continue;
      const name = this.#tokens[this.#at] ?? '';
      if (!/^[A-Za-z_]/.test(name)) return step === 1n ? this.#unary() : this.#unary();
      this.#at++;
      const value = wrap(this.#valueOf(name) + step);
      this.#store(name, value);
      return value;
    }
    return this.#primary();
  }

  #primary(): bigint {
    const token = this.#tokens[this.#at++] ?? '';
    if (token === '(') {
      const value = this.#comma();
      if (!this.#accept(')')) throw new ArithmeticFailure('arithmetic syntax error');
      return value;
    }
    if (/^\d/.test(token)) return number(token);
    if (!/^[A-Za-z_]/.test(token)) throw new ArithmeticFailure('arithmetic syntax error');
    const value = this.#valueOf(token);
    for (const [operator, step] of [
      ['++', 1n],
      ['--', -1n],
    ] as const) {
      if (this.#accept(operator)) this.#store(token, wrap(value + step));
    }
    return value;
  }

  #when(counts: boolean, part: () => bigint): bigint {
    if (!counts) this.#idle++;
    try {
      return part();
    } finally {
      if (!counts) this.#idle--;
    }
  }

  #accept(token: string): boolean {
    if (this.#tokens[this.#at] !== token) return false;
    this.#at++;
    return true;
  }

  #valueOf(name: string): bigint {
    const text = this.#variables.get(name)?.trim() ?? '';
    if (text === '') return 0n;
    if (/^[-+]?\d+$/.test(text) && !/^[-+]?0\d/.test(text)) return wrap(BigInt(text));
    return arithmetic(text, this.#variables, this.#depth + 1);
  }

  #store(name: string, value: bigint): void {
    if (this.#idle === 0) this.#variables.set(name, String(value));
  }

  #apply(operator: string, left: bigint, right: bigint): bigint {
    switch (operator) {
      case '+':
        return wrap(left + right);
      case '-':
        return wrap(left - right);
      case '*':
        return wrap(left * right);
      case '/':
      case '%':
        if (right === 0n) {
          if (this.#idle > 0) return 0n;
          throw new ArithmeticFailure('divide by zero');
        }
        return wrap(operator === '/' ? left / right : left % right);
      case '<<':
        return wrap(left << (right & 63n));
      case '>>':
        return left >> (right & 63n);
      case '&':
        return left & right;
      case '|':
        return left | right;
      case '^':
        return left ^ right;
      default:
        return compare(operator, left, right) ? 1n : 0n;
    }
  }
}

function compare(operator: string, left: bigint, right: bigint): boolean {
  if (operator === '==') return left === right;
  if (operator === '!=') return left !== right;
  if (operator === '<') return left < right;
  if (operator === '>') return left > right;
  return operator === '<=' ? left <= right : left >= right;
}

function wrap(value: bigint): bigint {
  return BigInt.asIntN(64, value);
}

function number(token: string): bigint {
  if (/^0[xX][0-9a-fA-F]+$/.test(token)) return wrap(BigInt(token));
  if (/^0[0-7]+$/.test(token)) return wrap(BigInt(`0o${token.slice(1)}`));
  const based = /^(\d+)#(\w+)$/.exec(token);
  if (based !== null) return inBase(based[2] ?? '', Number(based[1]));
  if (/^\d+$/.test(token)) return wrap(BigInt(token.replace(/^0+(?=\d)/, '')));
  throw new ArithmeticFailure('arithmetic syntax error');
}

function inBase(digits: string, base: number): bigint {
  let value = 0n;
  for (const digit of digits) {
    const one = Number.parseInt(digit, 36);
    if (Number.isNaN(one) || one >= base || base < 2 || base > 36)
      throw new ArithmeticFailure('arithmetic syntax error');
    value = value * BigInt(base) + BigInt(one);
  }
  return wrap(value);
}
