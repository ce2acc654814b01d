import { CallError } from './compare.ts';
import { canBeNil, FUNCTIONS, fits, type GoFunction, isTrue, type Parameter } from './functions.ts';
import { GoMap, GoNil, GoNumber, GoStruct, isPlainMap, type Method, typeName, type Value } from './go-values.ts';
import { type Command, formatCommand, formatOperand, type Operand, type Pipeline } from './nodes.ts';
import type { Place, Scope } from './scope.ts';

/** What went before in the pipeline; empty for its first command. */
type Piped = readonly [] | readonly [Value];

/** The value of a pipeline, which its variables take (Go 1.24, `text/template/exec.go`). @throws {TemplateError} */
export function evaluate({ commands, variables, isAssignment }: Pipeline, scope: Scope): Value {
  let piped: Piped = [];
  for (const command of commands) piped = [runCommand(command, piped, scope)];
  const [value] = piped;
  for (const name of variables) {
    if (isAssignment) scope.assign(name, value, lastPlace(commands));
    else scope.declare(name, value);
  }
  return value;
}

/** What was evaluated last: Go blames it for what goes wrong next. */
export function lastPlace(commands: readonly Command[]): Place {
  const operand = commands.at(-1)?.operands[0];
  return operand ? { operand } : { at: 0, text: '' };
}

function runCommand(command: Command, piped: Piped, scope: Scope): Value {
  const [first, ...rest] = command.operands;
  if (!first) return undefined;
  switch (first.kind) {
    case 'name':
      return callFunction(first, command, piped, scope);
    case 'field':
      return walk(scope.dot, first, rest, piped, scope);
    case 'variable':
      if (first.path.length === 0) break;
      return walk(scope.get(first.name), first, rest, piped, scope);
    case 'chain':
      return walk(operandValue(first.of, scope), first, rest, piped, scope);
    case 'nil':
      return scope.fail({ operand: first }, 'nil is not a command');
  }
  if (rest.length > 0 || piped.length > 0) {
    scope.fail({ operand: first }, `can't give argument to non-function ${formatOperand(first)}`);
  }
  return operandValue(first, scope);
}

function callFunction(name: Extract<Operand, { kind: 'name' }>, command: Command, piped: Piped, scope: Scope): Value {
  const work = FUNCTIONS.get(name.name);
  if (!work) return undefined; // the parser has looked
  const operands = command.operands.slice(1);
  checkCount(name, operands.length + piped.length, work, scope);
  const given = operands.map((operand, i) => () => argument(operand, parameterAt(work, i), scope));
  if (name.name === 'and' || name.name === 'or')
    return decide(name.name === 'or', [...given, ...piped.map((it) => () => it)]);
  const values = given.map((evaluateIt) => evaluateIt());
  const [last] = piped;
  if (piped.length > 0) checkType(last, parameterAt(work, values.length), { operand: name }, scope);
  try {
    return work.call(...values, ...piped);
  } catch (thrown) {
    if (!(thrown instanceof CallError)) throw thrown;
    return scope.fail(
      { at: command.at, text: formatCommand(command) },
      `error calling ${name.name}: ${thrown.message}`,
    );
  }
}

/** `and` and `or` look no further once it is decided. */
function decide(wanted: boolean, values: readonly (() => Value)[]): Value {
  let value: Value;
  for (const evaluateIt of values) {
    value = evaluateIt();
    if (isTrue(value) === wanted) break;
  }
  return value;
}

function checkCount(name: Extract<Operand, { kind: 'name' }>, got: number, work: GoFunction, scope: Scope): void {
  const want = work.parameters.length;
  if (work.rest === undefined ? got === want : got >= want) return;
  const wanted = work.rest === undefined ? want : `at least ${want}`;
  scope.fail({ operand: name }, `wrong number of args for ${name.name}: want ${wanted} got ${got}`);
}

function parameterAt({ parameters, rest = 'any' }: GoFunction, i: number): Parameter {
  return parameters[i] ?? rest;
}

function argument(operand: Operand, parameter: Parameter, scope: Scope): Value {
  if (operand.kind === 'nil') {
    return canBeNil(parameter) ? undefined : scope.fail({ operand }, `cannot assign nil to ${parameter}`);
  }
  const value = operandValue(operand, scope);
  if (fits(value, parameter)) return value;
  if (operand.kind === 'string' || operand.kind === 'number' || operand.kind === 'bool') {
    if (parameter === '[]string')
      return scope.fail({ operand }, `can't handle ${formatOperand(operand)} for arg of type ${parameter}`);
    return scope.fail(
      { operand },
      `expected ${parameter === 'int' ? 'integer' : parameter}; found ${formatOperand(operand)}`,
    );
  }
  return checkType(value, parameter, { operand }, scope);
}

function checkType(value: Value, parameter: Parameter, place: { operand: Operand }, scope: Scope): Value {
  if (fits(value, parameter)) return value;
  if (value === undefined || value === null) {
    return canBeNil(parameter) ? value : scope.fail(place, `invalid value; expected ${parameter}`);
  }
  return scope.fail(place, `wrong type for value; expected ${parameter}; got ${typeName(value)}`);
}

function operandValue(operand: Operand, scope: Scope): Value {
  switch (operand.kind) {
    case 'bool':
    case 'string':
      return operand.value;
    case 'number':
      return operand.isFloat ? new GoNumber(operand.value, 'float64') : operand.value;
    case 'dot':
      return scope.dot;
    case 'nil':
      return undefined;
    case 'field':
      return walk(scope.dot, operand, [], [], scope);
    case 'variable':
      return walk(scope.get(operand.name), operand, [], [], scope);
    case 'chain':
      return walk(operandValue(operand.of, scope), operand, [], [], scope);
    case 'pipeline':
      return evaluate(operand.pipeline, scope);
    case 'name':
      return callFunction(operand, { at: operand.at, operands: [operand] }, [], scope);
  }
}

type Path = Extract<Operand, { path: readonly string[] }>;

/** Follows a path; arguments are for its last name, if that is a method. */
function walk(from: Value, operand: Path, rest: readonly Operand[], piped: Piped, scope: Scope): Value {
  const { path } = operand;
  return path.reduce<Value>((value, name, i) => {
    const isLast = i === path.length - 1;
    const found = member(value, name, operand, scope);
    if (typeof found === 'function') {
      const values = isLast ? [...rest.map((it) => operandValue(it, scope)), ...piped] : [];
      if (values.length !== found.length) {
        return scope.fail({ operand }, `wrong number of args for ${name}: want ${found.length} got ${values.length}`);
      }
      return (found as Method)(...values);
    }
    if (isLast && rest.length + piped.length > 0) {
      return scope.fail({ operand }, `${name} is not a method but has arguments`);
    }
    return found;
  }, from);
}

function member(value: Value, name: string, operand: Operand, scope: Scope): Value {
  const { missing } = scope.settings;
  if (value === undefined || value === null) {
    return scope.fail({ operand }, `nil pointer evaluating interface {}.${name}`);
  }
  if (value instanceof GoNil) return scope.fail({ operand }, `nil pointer evaluating ${value.type}.${name}`);
  if (value instanceof GoStruct) {
    if (value.has(name)) return value.get(name);
    return scope.fail({ operand }, `can't evaluate field ${name} in type ${value.type}`);
  }
  if (value instanceof GoMap) return value.entries.has(name) ? value.entries.get(name) : value.zero;
  if (!isPlainMap(value)) {
    const type = isPlainMap(scope.get('$')) && missing !== 'no value' ? 'interface {}' : typeName(value);
    return scope.fail({ operand }, `can't evaluate field ${name} in type ${type}`);
  }
  if (Object.hasOwn(value, name)) return value[name];
  return missing === 'no value' ? undefined : scope.fail({ operand }, missing(name));
}
