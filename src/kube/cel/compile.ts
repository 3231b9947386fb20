import { TypeError as CelTypeError, Environment, EvaluationError, ParseError } from '@marcbachmann/cel-js';
import { charge, withBudget } from './budget.ts';
import {
  CelBudgetError,
  CelCompileError,
  type CelNode,
  CelRuntimeError,
  checkErrorText,
  isNode,
  runtimeErrorText,
  syntaxErrorText,
} from './errors.ts';
import { registerAuthorizer } from './library/authorizer.ts';
import { registerCollections } from './library/collections.ts';
import { registerAddresses, registerQuantities, registerUrls } from './library/kubernetes.ts';
import { registerStrings } from './library/strings.ts';
import { type CelType, type Converter, TypeRegistrar } from './types.ts';

export { CelBudgetError, CelCompileError, CelRuntimeError } from './errors.ts';
export type { CelSchema, CelType } from './types.ts';

/** The expression language of rules and policies: Kubernetes' dialect of CEL, over `@marcbachmann/cel-js`. */
export interface CelProgram {
  /** `bool`, `string`, `dyn`, `list<int>`, … */
  readonly resultType: string;
  /** Names of the variables that it reads. */
  readonly reads: ReadonlySet<string>;
  /**
   * The value, as JSON (whole numbers up to 2^53 as numbers). Bindings are JSON, or a `CelFields` computed on demand; a
   * variable left out is not there. Throws a CelRuntimeError, or a CelBudgetError after `maxSteps` turns of its loops.
   */
  evaluate(bindings: { readonly [name: string]: unknown }, maxSteps?: number): unknown;
}

/** An object whose fields are computed when an expression asks for them (`variables`, `authorizer`). */
export class CelFields extends Map<string, unknown> {
  readonly #compute: (name: string) => unknown;
  /** `compute` answers JSON or undefined (no such field); it may throw a CelRuntimeError. Each field is asked for once. */
  constructor(compute: (name: string) => unknown) {
    super();
    this.#compute = compute;
  }
  override get(name: string): unknown {
    if (!super.has(name)) super.set(name, this.#compute(name));
    return super.get(name);
  }
}

const defaultMaxSteps = 1_000_000;
const maxSource = 16 * 1024;
const options = {
  homogeneousAggregateLiterals: false,
  enableOptionalTypes: true,
  unlistedVariablesAreDyn: false,
  limits: { maxDepth: 100, maxAstNodes: 5000 },
} as const;

/** Built on first use: it takes milliseconds, and most servers never see a rule. */
let base: Environment | undefined;
let functionNames: ReadonlySet<string> = new Set();

function baseEnvironment(): Environment {
  if (base !== undefined) return base;
  const environment = new Environment(options);
  // The library tells maps by their constructor.
  environment.registerType('kubernetes.Fields', CelFields);
  registerStrings(environment);
  registerCollections(environment);
  registerQuantities(environment);
  registerAddresses(environment);
  registerUrls(environment);
  registerAuthorizer(environment);
  functionNames = new Set(environment.getDefinitions().functions.map(({ name }) => name));
  base = environment;
  return environment;
}

/**
 * Throws a CelCompileError. `variables`: what it may read, typed by their schemas where there are any.
 * Compile once and keep the program: it costs far more than evaluating.
 */
export function compileCel(expression: string, variables: { readonly [name: string]: CelType }): CelProgram {
  if (expression.length > maxSource) throw new CelCompileError('the expression is too long');
  const environment = baseEnvironment().clone();
  const registrar = new TypeRegistrar(environment);
  const converters = new Map<string, Converter>();
  for (const [name, type] of Object.entries(variables)) {
    const converter = registrar.converterOf(type);
    converters.set(name, converter);
    environment.registerVariable(name, converter.name);
  }
  const program = parse(environment, expression);
  const reads = new Set<string>();
  visit(program.ast, (node) => {
    if (node.op === 'id' && converters.has(String(node.args))) reads.add(String(node.args));
    renameMatches(node);
    countSteps(node);
    countSize(node);
  });
  const checked = program.check();
  if (!checked.valid)
    throw new CelCompileError(
      checkErrorText(expression, checked.error ?? new Error('unknown'), (name) => functionNames.has(name)),
    );
  return {
    resultType: String(checked.type ?? 'dyn'),
    reads,
    evaluate(bindings, maxSteps = defaultMaxSteps) {
      const scope: { [name: string]: unknown } = {};
      for (const name of reads) {
        const converter = converters.get(name);
        const value = Object.hasOwn(bindings, name) ? bindings[name] : undefined;
        if (value === undefined && converter?.name.startsWith('optional<') !== true) continue;
        scope[name] = converter?.convert(value);
      }
      try {
        return withBudget(maxSteps, () => toJson(program(scope)));
      } catch (error) {
        if (error instanceof CelRuntimeError) throw error;
        if (error instanceof Error && error.cause instanceof CelBudgetError) throw error.cause;
        if (error instanceof EvaluationError || error instanceof CelTypeError || error instanceof ParseError)
          throw new CelRuntimeError(causeText(error));
        throw error;
      }
    },
  };
}

function causeText(error: Error): string {
  return error.cause instanceof CelRuntimeError ? error.cause.message : runtimeErrorText(error);
}

function parse(environment: Environment, expression: string): ReturnType<Environment['parse']> {
  try {
    return environment.parse(expression);
  } catch (error) {
    if (error instanceof ParseError || error instanceof CelTypeError || error instanceof EvaluationError)
      throw new CelCompileError(syntaxErrorText(expression, error));
    throw error;
  }
}

/** Every node of the tree, macros' own trees included. Before the check: later contexts hang on the nodes too. */
function visit(root: unknown, each: (node: CelNode) => void): void {
  const stack: unknown[] = [root];
  const seen = new Set<unknown>();
  for (;;) {
    const value = stack.pop();
    if (value === undefined && stack.length === 0) return;
    if (typeof value !== 'object' || value === null || seen.has(value)) continue;
    seen.add(value);
    if (isNode(value)) each(value);
    const { meta } = value as { meta?: { alternate?: unknown; macro?: unknown } };
    if (meta?.alternate !== undefined) stack.push(meta.alternate);
    if (meta?.macro !== undefined) stack.push(meta.macro);
    stack.push(...Object.values(value));
  }
}

/** The library's `matches` runs JavaScript's expressions, which differ from Go's and may never end. */
function renameMatches(node: CelNode): void {
  const args = node.args as unknown[];
  if ((node.op === 'rcall' || node.op === 'call') && args[0] === 'matches') args[0] = 'matchesGo';
}

interface Evaluable {
  evaluate(evaluator: unknown, node: unknown, context: unknown): unknown;
}

/** Every turn of a loop takes one step of the budget. */
function countSteps(node: CelNode): void {
  const args = node.args as { step?: unknown } | null;
  if (node.op !== 'comprehension' || typeof args !== 'object' || args === null || !isNode(args.step)) return;
  interpose(args.step, (evaluate) => {
    charge(1);
    return evaluate();
  });
}

/** What calls and sums make takes a step for every ten characters or items, as looking at it does upstream. */
function countSize(node: CelNode): void {
  if (node.op !== 'rcall' && node.op !== 'call' && node.op !== '+') return;
  interpose(node, (evaluate) => {
    const result = evaluate();
    if (typeof result === 'string' || Array.isArray(result)) charge(result.length / 10);
    return result;
  });
}

function interpose(node: CelNode, around: (evaluate: () => unknown) => unknown): void {
  const target = node as unknown as Evaluable;
  let real = target.evaluate;
  const ours: Evaluable['evaluate'] = (evaluator, inner, context) =>
    around(() => real.call(target, evaluator, inner, context));
  // The library puts the function for the node's kind in place on the first call: keep ours before it.
  Object.defineProperty(target, 'evaluate', {
    configurable: true,
    get: () => ours,
    set: (next: Evaluable['evaluate']) => {
      real = next;
    },
  });
}

function toJson(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (Array.isArray(value)) return value.map(toJson);
  if (value instanceof Map)
    return Object.fromEntries([...value].map(([key, item]) => [String(key), toJson(item)]));
  if (value instanceof Date) return value.toISOString();
  return value;
}
