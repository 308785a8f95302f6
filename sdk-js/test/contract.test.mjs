// Compares the types and the behaviour with testdata/contract, which the server's tests write.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { json } from '../../testdata/read.mjs';
import { suite } from './support.mjs';

const words = json('contract/words.json');
const problems = json('contract/problems.json');
const limits = json('contract/limits.json');

const file = fileURLToPath(new URL('virtual.ts', import.meta.url));
const options = {
  strict: true, noEmit: true, types: [], lib: ['lib.es5.d.ts', 'lib.es2015.promise.d.ts'],
  module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler,
};
const disk = ts.createCompilerHost(options);
const parsed = {};

/** Compiles source as a file of this folder that has imported the helper's types as `api`. */
function compile(source) {
  const text = `import type * as api from '../src/api';\n${source}`;
  const host = {
    ...disk,
    fileExists: (name) => name === file || disk.fileExists(name),
    getSourceFile: (name, how) => (name === file ? ts.createSourceFile(name, text, how) : (parsed[name] ??= disk.getSourceFile(name, how))),
  };
  const program = ts.createProgram([file], options, host);
  const found = ts.getPreEmitDiagnostics(program, program.getSourceFile(file));
  const complaints = found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '));
  const checker = program.getTypeChecker();
  const module = checker.getSymbolAtLocation(program.getSourceFile(file));
  const type = (name) => checker.getDeclaredTypeOfSymbol(checker.getExportsOfModule(module).find((symbol) => symbol.name === name));
  return { complaints, checker, type };
}

/** The texts that a union of texts allows. */
function union(expression) {
  const { complaints, type } = compile(`export type It = ${expression};`);
  assert.deepEqual(complaints, []);
  return type('It').types.map(({ value }) => value).sort();
}

/** The members that an object type declares. */
function members(expression) {
  const { complaints, checker, type } = compile(`export type It = ${expression};`);
  assert.deepEqual(complaints, []);
  return checker.getPropertiesOfType(type('It')).map(({ name }) => name).sort();
}

const literal = (type, value) => compile(`export const it: ${type} = ${JSON.stringify(value)};`).complaints;
const keys = (objects) => [...new Set(objects.flatMap(Object.keys))].sort();

describe('the words of the types are those of the server', () => {
  const unions = {
    "api.Order['status']": words.orderStatus,
    "api.Payment['status']": words.orderStatus,
    'api.AttentionReason': words.attention,
    "NonNullable<api.OrderInput['channel']>": words.channel,
    "api.Action['type']": words.actionType,
    'api.ProblemCode': problems.map(({ code }) => code),
    'api.ErrorCode': ['transport', 'busy', ...problems.map(({ code }) => code)],
    'api.OrderState': words.orderStatus.filter((status) => status !== 'created' && status !== 'pending'),
  };
  for (const [expression, want] of Object.entries(unions)) {
    test(expression, () => assert.deepEqual(union(expression), want.toSorted()));
  }
});

describe('what the server sends has the types it is said to have', () => {
  const actions = json('contract/actions.json');
  const orders = json('contract/orders.json');

  for (const action of actions) {
    test(`the action ${action.type}${action.image ? ' with its image' : ''}${action.type === 'qr' && action.url ? ' and address' : ''}`, () => assert.deepEqual(literal('api.Action', action), []));
  }
  for (const order of orders) {
    test(`the order that is ${order.status}`, () => assert.deepEqual(literal('api.Order', order), []));
  }

  test('every member that a type declares is sent', () => {
    const payments = orders.flatMap((order) => order.payments);
    assert.deepEqual(members('api.Order'), keys(orders));
    assert.deepEqual(members('api.Payment'), keys(payments));
    assert.deepEqual(members("NonNullable<api.Order['reversed']>"), keys(orders.flatMap(({ reversed }) => reversed ?? [])));
    assert.deepEqual(members('api.Amount'), keys(orders.map((order) => order.amount)));
    for (const type of words.actionType) {
      assert.deepEqual(members(`Extract<api.Action, { type: '${type}' }>`), keys(actions.filter((action) => action.type === type)), type);
    }
  });

  test('a member, a word or a type that is not declared would be noticed', () => {
    assert.notDeepEqual(literal('api.Order', { ...orders[0], surprise: 1 }), []);
    assert.notDeepEqual(literal('api.Order', { ...orders[0], status: 'settled' }), []);
    assert.notDeepEqual(literal('api.Action', { type: 'teleport', url: 'x' }), []);
  });
});

suite('requests keep to the limits of the server', (world) => {
  const long = 'x'.repeat(10_000);

  test('the cashier says more than is taken', async () => {
    const w = world();
    const { paying, o } = await w.atCashier(w.till);
    o.fail({ error: long, errorMessage: long });
    await w.clock.until(paying);
    const [report] = w.sent('POST', '/result');
    assert.ok(report.data.resultCode.length <= limits.resultCode, `resultCode has ${report.data.resultCode.length} characters`);
    assert.ok(report.data.detail.length <= limits.resultDetail);
  });

  test('what the cashier says is whole text, wherever it is cut', async () => {
    const w = world();
    const { paying, o } = await w.atCashier(w.till);
    o.fail({ error: `${'x'.repeat(63)}🧾`, errorMessage: `\udcbe half \ud83d a pair, ${'x'.repeat(177)}🧾` });
    await w.clock.until(paying);
    const [report] = w.sent('POST', '/result');
    assert.equal(report.data.resultCode, 'x'.repeat(63));
    assert.equal(report.data.detail, ` half  a pair, ${'x'.repeat(177)}`);
    for (const text of [report.data.resultCode, report.data.detail]) assert.ok(text.isWellFormed());
  });

  test('no question is held back for longer than the server holds one', async () => {
    const w = world();
    const { paying, o } = await w.atCashier(w.till);
    o.success({ resultCode: '9000' });
    await w.clock.until(paying);
    const waits = w.server.requests.flatMap(({ url }) => /[?&]wait=(\d+)s/.exec(url)?.[1] ?? []).map(Number);
    assert.ok(waits.length > 0);
    assert.ok(Math.max(...waits) <= limits.waitSeconds, `requested a wait of ${Math.max(...waits)} s`);
  });

  test('keys are short and printable', async () => {
    const w = world();
    await w.atCashier(w.till);
    const [{ headers }] = w.sent('POST', '/orders');
    assert.match(headers['Idempotency-Key'], /^[!-~]+$/);
    assert.ok(headers['Idempotency-Key'].length <= limits.idempotencyKey);
  });
});
