export type Node =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'regex'; readonly value: RegExp }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'field'; readonly index: Node }
  | { readonly kind: 'element'; readonly name: string; readonly keys: readonly Node[] }
  | { readonly kind: 'unary' | 'pre' | 'post'; readonly operator: string; readonly value: Node }
  | { readonly kind: 'binary'; readonly operator: string; readonly left: Node; readonly right: Node }
  | { readonly kind: 'assign'; readonly operator: string; readonly target: Node; readonly value: Node }
  | { readonly kind: 'ternary'; readonly test: Node; readonly yes: Node; readonly no: Node }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Node[] }
  | { readonly kind: 'in'; readonly keys: readonly Node[]; readonly name: string }
  | { readonly kind: 'getline'; readonly target: Node | undefined; readonly file: Node | undefined };

export type Statement =
  | { readonly kind: 'expression'; readonly value: Node }
  | {
      readonly kind: 'print' | 'printf';
      readonly args: readonly Node[];
      readonly redirect: string;
      readonly target: Node | undefined;
    }
  | { readonly kind: 'block'; readonly body: readonly Statement[] }
  | { readonly kind: 'if'; readonly test: Node; readonly yes: Statement; readonly no: Statement | undefined }
  | { readonly kind: 'while'; readonly test: Node; readonly body: Statement; readonly after: boolean }
  | {
      readonly kind: 'for';
      readonly start: Statement | undefined;
      readonly test: Node | undefined;
      readonly step: Statement | undefined;
      readonly body: Statement;
    }
  | { readonly kind: 'each'; readonly variable: string; readonly array: string; readonly body: Statement }
  | { readonly kind: 'next' | 'break' | 'continue' }
  | { readonly kind: 'exit' | 'return'; readonly value: Node | undefined }
  | { readonly kind: 'delete'; readonly name: string; readonly keys: readonly Node[] };

export interface Rule {
  readonly when: 'BEGIN' | 'END' | 'line';
  readonly from: Node | undefined;
  readonly to: Node | undefined;
  readonly body: Statement | undefined;
}

export interface Program {
  readonly rules: readonly Rule[];
  readonly functions: ReadonlyMap<
    string,
    { readonly parameters: readonly string[]; readonly body: Statement }
  >;
}
